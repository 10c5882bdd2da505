export {
  type ConstantSchedule,
  type CosineSchedule,
  type CosineWithRestartsSchedule,
  type InverseSquareRootSchedule,
  type LearningRateSchedule,
  learningRateAt,
  type LinearSchedule,
  type PolynomialSchedule,
  type ScheduleBase,
  type WarmupStableDecaySchedule,
} from './learning-rate.ts';
export type { Decay } from './warmup-stable-decay.ts';
