import { isMainThread, parentPort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { Reactor, wakeReactor } from 'epoll-reactor';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  worker.once('message', (wakeFd) => {
    worker.postMessage('stop');
    wakeReactor(wakeFd);
  });
  worker.once('exit', () => console.log('the thread has ended'));
} else {
  const reactor = new Reactor({
    onWake() {
      const received = receiveMessageOnPort(parentPort); // Node's own event does not come while run() waits
      if (received?.message === 'stop') reactor.stop();
    },
  });
  parentPort.postMessage(reactor.wakeFd);
  reactor.run();
  reactor.close();
}
