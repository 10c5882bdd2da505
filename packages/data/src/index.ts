export {
  type CurriculumConfig,
  curriculumConfig,
  type DataConfig,
  dataConfig,
} from './data.config.ts';
export { type FilteredTasks, filterTasks, type TaskFilter } from './records/filter-tasks.ts';
export { type ReadTasksOptions, type ReadTasksResult, readTasks } from './records/read-tasks.ts';
export type { RecordProblem } from './records/record-problem.ts';
export { type TaskRecord, taskRecordSchema, toRecord } from './records/task-record.ts';
export { createTaskStream, type SeededTaskStream, type TaskStreamOptions } from './stream/task-stream.ts';
export type { TaskStreamState } from './stream/task-stream-state.ts';
export type { TornTail } from '@rlloom/framed-log';
export { readTrajectories } from './trajectories/read-trajectories.ts';
export { packValue, type TrajectoryRow, unpackValue } from './trajectories/trajectory-row.ts';
export {
  createTrajectoryWriter,
  type TrajectoryWriter,
  type TrajectoryWriterOptions,
} from './trajectories/trajectory-writer.ts';
