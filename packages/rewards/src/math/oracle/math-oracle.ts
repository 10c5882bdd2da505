/** An answer and a reference, as text. */
export interface OracleQuestion {
  /** The answer as LaTeX or plain text, or a whole response in which it is to be found. */
  readonly answer: string;
  readonly reference: string;
  /** Decimals that decimal numbers are rounded to. Default 6. */
  readonly decimalPlaces?: number;
  /** Time for this question, where it is less than the oracle allows. */
  readonly timeoutMs?: number;
}

/** What an oracle says. */
export interface OracleAnswer {
  /** `undefined` = it cannot tell, either. */
  readonly isCorrect: boolean | undefined;
  /** Why, for people. */
  readonly reason: string;
}

/** Another verifier, asked where this one cannot decide. */
export interface MathOracle {
  /** @throws RlloomError `reward` when the other verifier is not installed or cannot be started */
  ask(question: OracleQuestion): Promise<OracleAnswer>;
  /** Ends it. Later questions are refused. */
  close(): void;
}
