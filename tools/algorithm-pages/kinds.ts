/** A page of docs/algorithms: one map of the catalogue. */
export interface Kind {
  /** The name of the map in `@rlloom/core`. */
  readonly map: string;
  readonly file: string;
  readonly title: string;
  /** One sentence for the index and the head of the page. */
  readonly about: string;
  readonly plot?: 'pairs' | 'policy';
  /** What the plots of the page show. */
  readonly plots?: string;
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
    plots: `Plots: one token that the old policy gave probability 0.3, alone in its sequence and advantage +1 or −1, with default
options but for those in the title; its loss before aggregation, and the gradient of the loss for its log-prob, against
the ratio. The axes are the same throughout, but for losses that leave them. Selection among tokens (\`clip_cov\`,
\`kl_cov\`) leaves this one out.`,
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
    plots: `Plots: one pair with default options but for those in the title, the loss and its gradient against the margin
\`(log π_c − log π_ref,c) − (log π_r − log π_ref,r)\`, half of which the chosen has gained and half the rejected has lost.
Completions count one token, so that an average is a sum; \`simpo\` and \`alphapo\`, which take averages and no reference,
are shown over margins per token around −2 nats.`,
  },
  {
    map: 'criticAndSupervisedLosses',
    file: 'critic-and-supervised-losses.md',
    title: 'Critic and supervised losses',
    about: 'Of values, of reward models over tokens, and of demonstrations.',
  },
];
