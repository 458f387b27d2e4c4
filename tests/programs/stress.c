/* 200 threads that read every clock as fast as they can, for SECONDS.
   "steady": no thread ever sees a clock go back.  "stepping": the wall clock is set to and fro
   between two dates meanwhile, and nobody sees anything but these two: no half of each.
   Prints the number of threads that saw something wrong, and whether enough was read. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

enum { kThreads = 200, kSpan = 3600 };
static const time_t kDates[2] = {1900000000, 2000000000}; /* 2030-03-17, 2033-05-18 */
static atomic_bool stop;
static atomic_long readings, wrong;
static int stepping;

static int in_a_date(time_t s)
{
	for (int i = 0; i < 2; i++)
		if (s >= kDates[i] - 1 && s < kDates[i] + kSpan) return 1;
	return 0;
}

static int complain(const char *what, long long a, long long b)
{
	fprintf(stderr, "%s: %lld after %lld\n", what, a, b);
	atomic_fetch_add(&wrong, 1);
	return 1;
}

/* Each clock against what this thread read of it before. The coarse clock lags behind the fine one,
   so each is compared with itself. */
static int look_at_clock(clockid_t id, struct timespec *last)
{
	struct timespec now;
	const int is_wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
	if (clock_gettime(id, &now)) return complain("clock_gettime", id, 0);
	if (now.tv_nsec < 0 || now.tv_nsec > 999999999) return complain("ns", now.tv_nsec, 0);
	if (is_wall && !in_a_date(now.tv_sec)) return complain("date", now.tv_sec, 0);
	const int back = now.tv_sec < last->tv_sec ||
			 (now.tv_sec == last->tv_sec && now.tv_nsec < last->tv_nsec);
	if (back && !(is_wall && stepping)) return complain("back", now.tv_sec, last->tv_sec);
	*last = now;
	return 0;
}

static int look_at_others(time_t *last)
{
	struct timeval tv;
	struct stat st;
	if (gettimeofday(&tv, NULL) || !in_a_date(tv.tv_sec)) return complain("gettimeofday", tv.tv_sec, 0);
	const time_t now = time(NULL);
	if (!in_a_date(now)) return complain("time", now, 0);
	if (!stepping && now < *last) return complain("time", now, *last);
	*last = now;
	if (stat("/", &st) || st.st_mtim.tv_nsec > 999999999) return complain("stat", st.st_mtime, 0);
	return 0;
}

static void *look(void *unused)
{
	static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_REALTIME_COARSE,
					CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW};
	struct timespec last[6];
	time_t last_time = 0;
	memset(last, 0, sizeof last);
	for (long n = 0; !atomic_load(&stop); n++) {
		for (int i = 0; i < 6; i++)
			if (look_at_clock(ids[i], &last[i])) return NULL;
		if (look_at_others(&last_time)) return NULL;
		if (n % 100 != 0) continue;
		atomic_fetch_add(&readings, 100);
		/* So that the thread that sets the clock has its turn among 200. */
		if (stepping) nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return unused;
}

int main(int argc, char **argv)
{
	static pthread_t threads[kThreads];
	pthread_attr_t attr;
	stepping = argc > 1 && strcmp(argv[1], "stepping") == 0;
	const double seconds = argc > 2 ? atof(argv[2]) : 60;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	for (int i = 0; i < kThreads; i++)
		if (pthread_create(&threads[i], &attr, look, NULL)) return 2;
	struct timespec begin, now;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int n = 0;; n++) {
		const struct timespec date = {kDates[n % 2], 0}, pause = {0, 2000000};
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9 > seconds) break;
		if (stepping && clock_settime(CLOCK_REALTIME, &date)) return 3;
		nanosleep(&pause, NULL);
	}
	atomic_store(&stop, 1);
	for (int i = 0; i < kThreads; i++) pthread_join(threads[i], NULL);
	printf("wrong %ld, enough %d\n", atomic_load(&wrong), atomic_load(&readings) >= 20000);
	fprintf(stderr, "%ld rounds\n", atomic_load(&readings));
	return 0;
}
