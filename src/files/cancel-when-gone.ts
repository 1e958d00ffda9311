import type { Task } from '../disk/cancellable-task.js';
import type { FileResponse } from './file-exchange.js';

/** Cancels a task when the client goes before it has its answer. @returns the task */
export function cancelWhenGone(task: Task, response: FileResponse): Task {
  const { onGone } = response;
  response.onGone = () => {
    task.cancel();
    onGone?.();
  };
  if (response.isSent && response.status === 0) task.cancel(); // it has gone already
  return task;
}
