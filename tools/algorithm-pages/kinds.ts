/** A page of docs/algorithms: one map of the catalogue. */
export interface Kind {
  /** The name of the map in `@rlloom/core`. */
  readonly map: string;
  readonly file: string;
  readonly title: string;
  /** One sentence for the index and the head of the page. */
  readonly about: string;
  readonly plot?: 'pairs' | 'policy';
}

/** The pages, in the order of the index. */
export const kinds: readonly Kind[] = [
  {
    map: 'advantageEstimators',
    file: 'advantages.md',
    title: 'Advantage estimators',
    about: 'From rewards to what each token is worth. Plain arrays.',
  },
  {
    map: 'policyLosses',
    file: 'policy-losses.md',
    title: 'Policy losses',
    about: 'What is minimised so that the policy improves.',
    plot: 'policy',
  },
  {
    map: 'klTerms',
    file: 'kl.md',
    title: 'KL terms',
    about: 'How far the policy is from its reference, in the loss or in the reward.',
  },
  {
    map: 'corrections',
    file: 'corrections.md',
    title: 'Corrections',
    about: 'For samples of another policy than the one that is trained. Plain arrays.',
  },
  {
    map: 'tokenMasks',
    file: 'token-masks.md',
    title: 'Token masks',
    about: 'Which tokens and sequences train.',
  },
  {
    map: 'rewardShaping',
    file: 'shaping.md',
    title: 'Reward shaping',
    about: 'What is done to rewards before they become advantages, and to the choice of samples. Plain arrays.',
  },
  {
    map: 'preferenceLosses',
    file: 'preference-losses.md',
    title: 'Preference losses',
    about: 'From pairs, verdicts and teachers.',
    plot: 'pairs',
  },
  {
    map: 'criticAndSupervisedLosses',
    file: 'critic-and-supervised-losses.md',
    title: 'Critic and supervised losses',
    about: 'Of values, of reward models over tokens, and of demonstrations.',
  },
];
