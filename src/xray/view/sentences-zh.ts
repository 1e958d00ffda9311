/** The sentences of the X-ray in Chinese. */
import { type Sentences, time } from './sentences-en.js';

const count = (n: number): string => n.toLocaleString('en');
const list = (all: readonly string[]): string => all.join('、');
const ready = (n: number): string => (n === 0 ? '没有描述符就绪' : `${count(n)} 个描述符就绪`);
const last = (call: string): string => (call === '' ? '' : `最后一个调用是 ${call}。`);

export const ZH: Sentences = {
  afterSleep: (slept, sentence) => `睡眠 ${slept} 后：${sentence}`,
  afterOperation: (taken, sentence) => `用时 ${taken} 完成：${sentence}`,
  calls: {
    accepted: (fd, address) =>
      `accept4 从接受队列取出一个客户端：描述符 ${fd}${address === '' ? '' : `，${address}`}。`,
    acceptWouldBlock: (fd) => `accept4 会阻塞：描述符 ${fd} 的接受队列是空的（EAGAIN）。`,
    acceptFull: (errno) => `accept4 失败（${errno}）：没有空闲的描述符，客户端留在接受队列里。`,
    received: (call, bytes, fd, line) =>
      `${call} 从描述符 ${fd} 读到 ${count(bytes)} 字节${line === '' ? '' : `：“${line}”`}。`,
    receivedFull: (call, bytes, fd) => `${call} 从描述符 ${fd} 读满了 ${count(bytes)} 字节的缓冲区：可能还有未读数据。`,
    receivedEnd: (call, fd) => `${call} 返回 0：描述符 ${fd} 的对端不会再发送数据。`,
    receiveWouldBlock: (call, fd) => `${call} 会阻塞：描述符 ${fd} 没有数据（EAGAIN）。`,
    reset: (call, fd) => `${call} 失败（ECONNRESET）：对端重置了描述符 ${fd} 的连接。`,
    sent: (call, bytes, fd) => `${call} 把要从描述符 ${fd} 发送的 ${count(bytes)} 字节交给了内核。`,
    sentShort: (call, taken, given, fd) =>
      `${call} 只写入了 ${count(given)} 字节中的 ${count(taken)} 字节：描述符 ${fd} 的发送缓冲区已满。`,
    sendWouldBlock: (call, fd) => `${call} 会阻塞：描述符 ${fd} 的发送缓冲区已满（EAGAIN）。`,
    broken: (call, fd) => `${call} 失败（EPIPE）：描述符 ${fd} 的对端不再接收数据。`,
    slept: (call, slept, events) => `${call} 睡眠 ${slept} 后返回；${ready(events)}。`,
    didNotSleep: (call, events) => `${call} 立刻返回；${ready(events)}。`,
    entered: (operations, slept) =>
      `io_uring_enter 把 ${count(operations)} 个操作交给内核${slept === '' ? '' : `，睡了 ${slept}`}。`,
    interrupted: (call) => `${call} 被信号打断（EINTR）。`,
    registered: (fd, mask) => `epoll_ctl 把描述符 ${fd} 加入兴趣集合，关注 ${mask}。`,
    modified: (fd, mask) => `epoll_ctl 把对描述符 ${fd} 的关注改为 ${mask}。`,
    modifiedForRoom: (fd, mask) => `epoll_ctl 把对描述符 ${fd} 的关注改为 ${mask}：程序在等发送缓冲区有空间。`,
    unregistered: (fd) => `epoll_ctl 把描述符 ${fd} 移出兴趣集合。`,
    socket: (fd) => `socket 创建了描述符 ${fd}。`,
    bound: (fd, address) => `bind 把描述符 ${fd} 绑定到地址 ${address}。`,
    listens: (fd) => `listen：从现在起，内核把新连接放进描述符 ${fd} 的接受队列。`,
    epoll: (fd) => `epoll_create1 创建了一个空的兴趣集合：描述符 ${fd}。`,
    eventfd: (fd) => `eventfd 创建了描述符 ${fd}，其他线程用它唤醒本线程。`,
    timerfd: (fd) => `timerfd_create 创建了一个定时器：描述符 ${fd}，到期时变为可读。`,
    inotify: (fd) => `inotify_init1 创建了描述符 ${fd}，文件变化时变为可读。`,
    timerSet: (fd) => `timerfd_settime 把定时器 ${fd} 设为最近的到期时间。`,
    woken: (fd) => `eventfd_read：另一个线程通过描述符 ${fd} 唤醒了本线程。`,
    nonBlocking: (fd) => `fcntl：描述符 ${fd} 设为非阻塞，本来要等待的调用改为返回 EAGAIN。`,
    option: (fd, option, value) => `setsockopt 把描述符 ${fd} 的 ${option} 设为 ${value}。`,
    named: (fd, address) => `getsockname：描述符 ${fd} 的地址是 ${address}。`,
    measured: (fd) => `fstat 查询了描述符 ${fd} 对应文件的大小和修改时间。`,
    opened: (call, path, fd) => `${call} 打开了 ${path}：描述符 ${fd}。`,
    readFile: (call, bytes) => `${call} 从文件读了 ${count(bytes)} 字节。`,
    closed: (fd) => `close 释放了描述符 ${fd}：下一个描述符可能得到同一个编号。`,
    shut: (fd) => `shutdown 关闭了描述符 ${fd} 的发送方向。`,
    returned: (call, result) => `${call} 返回 ${count(result)}。`,
    failed: (call, errno) => `${call} 失败（${errno}）。`,
  },
  turn: (turn, events) =>
    events.length === 0 ? `第 ${count(turn)} 轮：没有描述符就绪。` : `第 ${count(turn)} 轮：就绪的是 ${list(events)}。`,
  turnDone: (turn, fds) => `第 ${count(turn)} 轮：描述符 ${list(fds)} 上的操作已完成。`,
  submits: (operations) => `内核开始执行 ${list(operations)}。`,
  asks: (call, fds) => `${call} 即将等待 ${list(fds)}。`,
  look: (descriptors) => `X 光查看了内核里的 ${count(descriptors)} 个描述符。`,
  skipped: (turns) => `有 ${count(turns)} 轮只计了数，没有记录。`,
  dropped: (records) => `丢失了 ${count(records)} 条记录。`,
  threadBegan: (name, pid) => `进程 ${pid} 的线程 ${name} 开始。`,
  threadEnded: (tid) => `线程 ${tid} 已结束。`,
  program: {
    starting: () => '程序正在启动，还没有进入等待。',
    running: () => '程序在运行。',
    paused: () => '已暂停：有描述符就绪，单步会立刻执行。',
    asleep: () => '睡眠中：有描述符就绪时才会执行单步。',
    stepping: () => '正在执行一轮。',
    exited: (code, call) => `程序已结束，退出码 ${code}。${last(call)}`,
    killed: (signal, call) => `程序被 ${signal} 终止。${last(call)}`,
    ended: (call) => `程序已结束。${last(call)}`,
    behind: (shown, turns) => `程序比 X 光快：${count(turns)} 轮中显示了 ${count(shown)} 轮。`,
  },
  clients: {
    connect: (client, port) => `客户端 ${client} 从端口 ${port} 连接。`,
    send: (client, _, bytes) => `客户端 ${client} 发送 ${count(bytes)} 字节。`,
    receive: (client, _, bytes) => `客户端 ${client} 收到了 ${count(bytes)} 字节。`,
    'stop-reading': (client) => `客户端 ${client} 停止读取：服务器的发送缓冲区会填满。`,
    'read-again': (client) => `客户端 ${client} 又开始读取。`,
    'half-close': (client) => `客户端 ${client} 关闭发送方向，但还在读取。`,
    reset: (client) => `客户端 ${client} 重置了连接。`,
    close: (client) => `客户端 ${client} 关闭了连接。`,
  },
  experiments: {
    silent: () => '十个客户端连接后什么也不发。看它们被接受之后还要花多少次调用。',
    drip: () => '一个客户端逐字节发送请求。看每个字节怎样让描述符就绪。',
    burst: () => '许多客户端同时发送。看一次等待报告多个描述符。',
    'slow-reader': () => '一个客户端不读它的响应。看掩码里 EPOLLOUT 怎样出现，又怎样消失；阻塞的 send 则停下来等待。',
    reset: () => '一个客户端重置连接。看它的一个调用失败：结束的只有这一个连接。',
    'half-close': () => '一个客户端关闭发送方向。看 recv 返回 0：客户端仍然收到响应。',
    reused: () => '一个客户端离开，另一个到来。看新连接得到旧的描述符编号。',
  },
  experimentEnded: () => '实验结束。',
  lints: {
    'reported-not-read': (who, { times = 0 }) =>
      `${who} 连续 ${count(times)} 次被报告就绪，程序却没有读取：每次等待都立刻返回。`,
    'short-send-no-epollout': (who, { taken = 0, given = 0 }) =>
      `对${who} 的一次发送只写入了 ${count(given)} 字节中的 ${count(taken)} 字节，程序却没有关注 EPOLLOUT：epoll 不会报告何时可以发送剩下的 ${count(given - taken)} 字节。`,
    'epollout-nothing-to-send': (who, { times = 0 }) =>
      `${who} 连续 ${count(times)} 次被报告可写，却什么也没发送：没有数据要发时不该关注 EPOLLOUT。`,
    'edge-not-drained': (who, { bytes, clients = 0 }) =>
      bytes === undefined
        ? `${who} 的接受队列里还有 ${count(clients)} 个客户端。它是边缘触发的，程序没有一直 accept 到 EAGAIN：下一个客户端到来之前，epoll 不会再报告它。`
        : `${who} 还剩 ${count(bytes)} 字节没有读。它是边缘触发的，程序没有一直读到 EAGAIN：新数据到来之前，epoll 不会再报告它。`,
    'closed-in-set': (who) =>
      `${who} 已经关闭，却还在兴趣集合里，因为它的一个副本（dup）还开着。应当先移出兴趣集合，再关闭。`,
    'accept-emfile-loop': (who, { times = 0, ms = 0 }) =>
      `对${who} 的 accept 在 ${time(1000 * ms)} 内失败了 ${count(times)} 次，因为没有空闲的描述符：客户端留在队列里，下一次等待立刻返回。`,
    'long-turn': (_, { ms = 0 }) => `一轮用了 ${time(1000 * ms)}，这个线程在此期间没有服务其他客户端。`,
    'one-descriptor-took-the-turn': (who, { percent = 0, ms = 0, others = 0 }) =>
      `一轮用了 ${time(1000 * ms)}，其中 ${percent} % 花在${who} 上，而另有 ${count(others)} 个描述符也就绪。`,
  },
  descriptor: (fd) => `描述符 ${fd}`,
  descriptors: {
    edgeLeft: (bytes) =>
      `这里有 ${count(bytes)} 字节未读。poll 报告可读，但新数据到来之前，边缘触发的 epoll 不会再报告它。`,
    edgeQueue: (clients) =>
      `接受队列里有 ${count(clients)} 个客户端。poll 报告可读，但下一个客户端到来之前，边缘触发的 epoll 不会再报告它。`,
    level: (bytes) => `这里有 ${count(bytes)} 字节未读：水平触发的 epoll 每次等待都会报告它，直到读完。`,
    oneShot: () => '它已经报告过一次（EPOLLONESHOT）：epoll_ctl 重新设置之前，epoll 不会再报告它。',
    closedInSet: () => '程序已经关闭这个描述符，但它的一个副本（dup）使它仍留在兴趣集合里。',
    noRoom: () => '上一次发送没有发完：剩下的要等对端读取。',
  },
  guess: {
    right: (fds) => (fds.length === 0 ? '对了：没有描述符就绪。' : `对了：${list(fds)}。`),
    missed: (fds) => `还有就绪的：${list(fds)}。`,
    wrong: (fds) => `没有就绪：${list(fds)}。`,
  },
};
