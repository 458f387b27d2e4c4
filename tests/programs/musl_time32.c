// What a program built for musl before 1.2 is linked to: the plain names, declared by hand because
// today's headers redirect them.
struct timespec32 {
	int seconds, nanoseconds;
};
int clock_gettime(int clock, struct timespec32 *now);
int stat(const char *path, void *into);

int main(void) {
	struct timespec32 now;
	static char room[512];
	return clock_gettime(0, &now) + stat("/", room);
}
