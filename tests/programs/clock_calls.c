// Hands times to the kernel and takes them back in every way there is, and says for each whether it
// went as on a machine whose clock really shows what clock_gettime says. Waits are only held to
// have lasted: how long exactly depends on the machine.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static struct timespec begun;

static void say(const char *name, int fine) { printf("%s %s\n", name, fine ? "fine" : "WRONG"); }

static void start(void) { clock_gettime(CLOCK_MONOTONIC, &begun); }

// Milliseconds since start(), on a clock that is true at rate 1 and scaled otherwise.
static long lasted(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;
}

static struct timespec in_ms(long ms) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  t.tv_nsec += ms % 1000 * 1000000;
  t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
  t.tv_nsec %= 1000000000;
  return t;
}

static int is_now(time_t t) {
  const time_t now = in_ms(0).tv_sec;
  return t >= now - 2 && t <= now + 1;
}

static void ends_of_waits(void) {
  start();
  struct timespec end = in_ms(200);
  say("clock_nanosleep", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, 0) == 0 && lasted() >= 190);
  sem_t sem;
  sem_init(&sem, 0, 0);
  start();
  end = in_ms(200);
  say("sem_timedwait", sem_timedwait(&sem, &end) == -1 && errno == ETIMEDOUT && lasted() >= 190);
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  pthread_mutex_lock(&mutex);
  start();
  end = in_ms(200);
  say("pthread_cond_timedwait", pthread_cond_timedwait(&cond, &mutex, &end) == ETIMEDOUT && lasted() >= 190);
  start();
  end = in_ms(200);
  say("pthread_mutex_timedlock", pthread_mutex_timedlock(&mutex, &end) == ETIMEDOUT && lasted() >= 190);
  struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
  char name[32], message[8];
  snprintf(name, sizeof name, "/ttrace-test-%d", getpid());
  const mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &attr);
  mq_unlink(name);
  start();
  end = in_ms(200);
  const int gone = mq_timedreceive(queue, message, sizeof message, 0, &end) == -1 && errno == ETIMEDOUT;
  say("mq_timedreceive", (gone && lasted() >= 190) || queue == (mqd_t)-1);
}

static void timers(void) {
  struct itimerspec when = {.it_interval = {0, 0}};
  const int fd = timerfd_create(CLOCK_REALTIME, 0);
  unsigned long long ticks = 0;
  start();
  when.it_value = in_ms(200);
  timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, 0);
  say("timerfd_settime", read(fd, &ticks, sizeof ticks) == sizeof ticks && ticks == 1 && lasted() >= 190);
  sigset_t set;
  int signal;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, 0);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  timer_t timer;
  timer_create(CLOCK_REALTIME, &event, &timer);
  start();
  when.it_value = in_ms(200);
  timer_settime(timer, TIMER_ABSTIME, &when, 0);
  sigwait(&set, &signal);
  say("timer_settime", signal == SIGUSR1 && lasted() >= 190);
  alarm(1000);
  const unsigned left = alarm(0);
  say("alarm", left >= 900 && left <= 1000);
  struct itimerval old, timer_value = {.it_value = {1000, 0}};
  setitimer(ITIMER_REAL, &timer_value, 0);
  getitimer(ITIMER_REAL, &old);
  say("getitimer", old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000);
  timer_value.it_value.tv_sec = 0;
  setitimer(ITIMER_REAL, &timer_value, 0);
}

static void spans(void) {
  struct timeval tv = {0, 200000};
  start();
  say("poll", poll(0, 0, 200) == 0 && lasted() >= 190);
  start();
  say("select", select(0, 0, 0, 0, &tv) == 0 && lasted() >= 190);
  struct epoll_event event;
  start();
  say("epoll_wait", epoll_wait(epoll_create1(0), &event, 1, 200) == 0 && lasted() >= 190);
  const struct timespec ts = {0, 200000000};
  start();
  say("nanosleep", nanosleep(&ts, 0) == 0 && lasted() >= 190);
  start();
  say("pselect", pselect(0, 0, 0, 0, &ts, 0) == 0 && lasted() >= 190);
  start();
  say("ppoll", ppoll(0, 0, &ts, 0) == 0 && lasted() >= 190);
}

static void file_stamps(void) {
  struct stat st;
  char path[64];
  snprintf(path, sizeof path, "/tmp/ttrace-stamps-%d", getpid());
  close(open(path, O_CREAT | O_WRONLY, 0600));
  stat(path, &st);
  say("fresh file", is_now(st.st_mtime) && is_now(st.st_ctime));
  const time_t now = st.st_mtime;
  // An hour ago, ten years ago, a year ahead, and 1999.
  const time_t wanted[] = {now - 3600, now - 315360000, now + 31536000, 946000000};
  for (int i = 0; i < 4; i++) {
    const struct timespec stamps[2] = {{wanted[i], 5}, {wanted[i], 7}};
    utimensat(AT_FDCWD, path, stamps, 0);
    stat(path, &st);
    printf("utimensat %d ", i);
    say("", st.st_atime == wanted[i] && st.st_mtime == wanted[i] && st.st_mtim.tv_nsec == 7);
  }
  const struct utimbuf buf = {now - 60, now - 30};
  utime(path, &buf);
  stat(path, &st);
  say("utime", st.st_atime == now - 60 && st.st_mtime == now - 30);
  utime(path, 0);
  stat(path, &st);
  say("utime now", is_now(st.st_mtime));
  unlink(path);
}

static void kernel_objects(void) {
  struct msqid_ds queue;
  struct semid_ds sems;
  struct shmid_ds memory;
  union { int value; struct semid_ds *buffer; } arg = {.buffer = &sems};
  const int q = msgget(IPC_PRIVATE, 0600), s = semget(IPC_PRIVATE, 1, 0600), m = shmget(IPC_PRIVATE, 4096, 0600);
  say("msgctl", msgctl(q, IPC_STAT, &queue) == 0 && is_now(queue.msg_ctime) && queue.msg_stime == 0);
  say("semctl", semctl(s, 0, IPC_STAT, arg) == 0 && is_now(sems.sem_ctime));
  say("shmctl", shmctl(m, IPC_STAT, &memory) == 0 && is_now(memory.shm_ctime));
  msgctl(q, IPC_RMID, 0), semctl(s, 0, IPC_RMID), shmctl(m, IPC_RMID, 0);
  struct timex timex = {.modes = 0};
  adjtimex(&timex);
  say("adjtimex", is_now(timex.time.tv_sec));
}

static void packets(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  const int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  bind(fd, (struct sockaddr *)&address, length);
  getsockname(fd, (struct sockaddr *)&address, &length);
  struct timeval tv = {0, 0};
  char byte = 'a', control[256];
  ioctl(fd, SIOCGSTAMP, &tv);   // switches the stamps on
  sendto(fd, &byte, 1, 0, (struct sockaddr *)&address, length);
  recv(fd, &byte, 1, 0);
  say("SIOCGSTAMP", ioctl(fd, SIOCGSTAMP, &tv) == 0 && is_now(tv.tv_sec));
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
  sendto(fd, &byte, 1, 0, (struct sockaddr *)&address, length);
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  recvmsg(fd, &message, 0);
  struct cmsghdr *const header = CMSG_FIRSTHDR(&message);
  if (header) memcpy(&tv, CMSG_DATA(header), sizeof tv);
  say("SO_TIMESTAMP", header && is_now(tv.tv_sec));
}

// With any argument: the clock does not run at rate 1, where whole seconds say too little.
int main(int argc, char **argv) {
  (void)argv;
  ends_of_waits();
  timers();
  spans();
  if (argc > 1) return 0;
  file_stamps();
  kernel_objects();
  packets();
  return 0;
}
