/* A guest in C, on wasi-libc, made a component by the command adapter of preview 1: clang DIR [CODE].
 *
 * It works in DIR, which must be writable, and leaves nothing behind; it ends with CODE, or 0. What fails prints a line that
 * begins with FAIL, and the exit code is 1.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failures;

static void check(const char *what, int holds) {
  if (!holds) {
    printf("FAIL %s\n", what);
    failures++;
  }
}

/* The 32-bit FNV-1a hash. */
static uint32_t fnv1a(const unsigned char *bytes, size_t len) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < len; i++)
    hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

/* Pseudo-random numbers that repeat. */
static uint32_t next_random(void) {
  static uint32_t state = 12345;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/* One block that doubles up to 64 MiB, and small ones beside it. */
static void memory(void) {
  const size_t most = 64u << 20;
  size_t len = 4096;
  unsigned char *block = malloc(len);
  if (!block) {
    check("malloc", 0);
    return;
  }
  memset(block, 0xa5, len);
  while (len < most) {
    void *beside = malloc(len / 3);
    unsigned char *larger = realloc(block, len * 2);
    if (!larger || !beside) {
      check("realloc", 0);
      break;
    }
    block = larger;
    check("realloc keeps the contents", block[0] == 0xa5 && block[len / 2] == 0xa5 && block[len - 1] == 0xa5);
    memset(block + len, 0xa5, len);
    len *= 2;
    free(beside);
  }
  int whole = 1;
  for (size_t i = 0; i < len; i += 509)
    whole &= block[i] == 0xa5;
  check("all of the block", whole);
  free(block);

  unsigned char *zeroes = calloc(1 << 20, 1);
  int zero = zeroes != NULL;
  for (size_t i = 0; zero && i < 1 << 20; i++)
    zero = zeroes[i] == 0;
  check("calloc", zero);
  free(zeroes);
  /* Volatile: else the compiler takes a malloc that nobody uses for one that succeeds. */
  void *volatile too_much = malloc(SIZE_MAX - 4096);
  check("malloc of too much", too_much == NULL);
  printf("memory: %zu bytes\n", len);
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static void sorting(void) {
  enum { COUNT = 100000 };
  static uint32_t numbers[COUNT];
  uint64_t before = 0, after = 0;
  for (int i = 0; i < COUNT; i++)
    before += numbers[i] = next_random();
  qsort(numbers, COUNT, sizeof *numbers, compare);
  int sorted = 1;
  for (int i = 0; i < COUNT; i++) {
    after += numbers[i];
    sorted &= i == 0 || numbers[i - 1] <= numbers[i];
  }
  check("sorted", sorted);
  check("the same numbers", before == after);
  uint32_t *found = bsearch(&numbers[777], numbers, COUNT, sizeof *numbers, compare);
  check("bsearch", found && *found == numbers[777]);
  printf("sorting: %u %u %u\n", numbers[0], numbers[COUNT / 2], numbers[COUNT - 1]);
}

static void printing(void) {
  printf("numbers: %d %+d %05d %-5d| %u %x %#X %o %lld %llu %zu\n", -1, 42, 42, 42, 4294967295u, 48879, 48879, 8,
         -9223372036854775807ll - 1, 18446744073709551615ull, (size_t)7);
  printf("floats: %f %.3f %e %g %g %g %a %.17g\n", 3.14159265358979, -2.5, 12345.678, 1e-5, 1e20, 0.1, 1.5, 0.1);
  printf("odd floats: %f %f %f %g\n", 1.0 / 0.0, -1.0 / 0.0, 0.0 * -1.0, 5e-324);
  printf("text: %s|%10s|%-10s|%.3s|%c|%%\n", "text", "right", "left", "cut short", 'c');
  char buffer[16];
  int len = snprintf(buffer, sizeof buffer, "%s", "longer than the buffer");
  check("snprintf", len == 22 && strlen(buffer) == 15);
  int n;
  double x;
  check("sscanf", sscanf("17 2.5", "%d %lf", &n, &x) == 2 && n == 17 && x == 2.5);
  check("strtod", strtod("1e308", NULL) == 1e308 && strtol("-0x10", NULL, 0) == -16);
}

static void write_numbers(const char *path) {
  FILE *file = fopen(path, "w+");
  check("fopen w+", file != NULL);
  if (!file)
    return;
  for (uint32_t i = 0; i < 50000; i++)
    fwrite(&i, sizeof i, 1, file);
  check("ftell", ftell(file) == 200000);
  uint32_t i = 0;
  for (uint32_t at = 0; at < 50000; at += 7919) {
    check("fseek", fseek(file, (long)(at * sizeof at), SEEK_SET) == 0);
    check("fread", fread(&i, sizeof i, 1, file) == 1 && i == at);
  }
  check("fseek from the end", fseek(file, -4, SEEK_END) == 0 && fread(&i, sizeof i, 1, file) == 1 && i == 49999);
  check("end of file", fread(&i, sizeof i, 1, file) == 0 && feof(file) && !ferror(file));
  check("fclose", fclose(file) == 0);
}

static void read_numbers(const char *path) {
  static unsigned char bytes[300000];
  FILE *file = fopen(path, "r");
  check("fopen r", file != NULL);
  if (!file)
    return;
  size_t len = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  printf("file: %zu bytes, checksum %08x\n", len, fnv1a(bytes, len));
}

static void append_and_gets(const char *path) {
  FILE *file = fopen(path, "w");
  fputs("one\n", file);
  fclose(file);
  file = fopen(path, "a");
  fprintf(file, "%s\n", "two");
  fclose(file);
  char line[16];
  file = fopen(path, "r");
  while (fgets(line, sizeof line, file))
    printf("line: %s", line);
  fclose(file);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void list(const char *path) {
  struct dirent **entries;
  int count = scandir(path, &entries, NULL, by_name);
  check("scandir", count >= 0);
  for (int i = 0; i < count; i++) {
    if (entries[i]->d_name[0] != '.')
      printf("entry: %s %s\n", entries[i]->d_name, entries[i]->d_type == DT_DIR ? "directory" : "file");
    free(entries[i]);
  }
  DIR *dir = opendir(path);
  check("opendir", dir != NULL);
  int seen = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    seen += entry->d_name[0] != '.';
  if (dir) {
    rewinddir(dir);
    check("rewinddir", readdir(dir) != NULL);
    closedir(dir);
  }
  printf("entries: %d\n", seen);
}

static void refusals(const char *path) {
  errno = 0;
  check("open nothing", fopen("no-such-file", "r") == NULL && errno == ENOENT);
  check("open outside", fopen("/../../etc/passwd", "r") == NULL);
  check("rmdir of a full directory", rmdir(path) != 0 && errno == ENOTEMPTY);
  check("mkdir again", mkdir(path, 0777) != 0 && errno == EEXIST);
  check("read of no descriptor", read(999, NULL, 0) < 0 && errno == EBADF);
}

static void files(const char *dir) {
  char base[256], a[300], b[300], sub[300], renamed[300];
  snprintf(base, sizeof base, "%s/clang-files", dir);
  snprintf(a, sizeof a, "%s/numbers", base);
  snprintf(b, sizeof b, "%s/lines", base);
  snprintf(sub, sizeof sub, "%s/sub", base);
  snprintf(renamed, sizeof renamed, "%s/sub/renamed", base);
  check("mkdir", mkdir(base, 0777) == 0 && mkdir(sub, 0777) == 0);
  write_numbers(a);
  read_numbers(a);
  append_and_gets(b);
  list(base);

  struct stat st;
  check("stat", stat(a, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 200000);
  check("stat of a directory", stat(sub, &st) == 0 && S_ISDIR(st.st_mode));
  check("rename", rename(a, renamed) == 0 && access(a, F_OK) != 0 && access(renamed, R_OK) == 0);
  check("truncate", truncate(renamed, 10) == 0 && stat(renamed, &st) == 0 && st.st_size == 10);
  refusals(base);
  check("remove", unlink(renamed) == 0 && unlink(b) == 0 && rmdir(sub) == 0 && rmdir(base) == 0);
  puts("files: done");
}

static void clocks(void) {
  struct timespec start, now, pause = {0, 20 * 1000 * 1000};
  check("wall clock", clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec > 1577836800);
  check("monotonic clock", clock_gettime(CLOCK_MONOTONIC, &start) == 0);
  check("nanosleep", nanosleep(&pause, NULL) == 0);
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long passed = (now.tv_sec - start.tv_sec) * 1000000000ll + now.tv_nsec - start.tv_nsec;
  check("a sleep of 20 ms takes 20 ms", passed >= 20 * 1000 * 1000);
  check("resolution", clock_getres(CLOCK_MONOTONIC, &now) == 0 && (now.tv_sec > 0 || now.tv_nsec > 0));
  check("time", time(NULL) > 1577836800);
  struct tm tm;
  time_t then = 1000000000;
  char text[32];
  gmtime_r(&then, &tm);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
  printf("clocks: done; %s\n", text);
}

static void environment(void) {
  const char *value = getenv("GUEST_VALUE");
  printf("GUEST_VALUE: %s\n", value ? value : "(none)");
  check("setenv", setenv("OWN", "x", 1) == 0 && strcmp(getenv("OWN"), "x") == 0);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    puts("FAIL usage: clang DIR [CODE]");
    return 1;
  }
  memory();
  sorting();
  printing();
  files(argv[1]);
  clocks();
  environment();
  if (failures)
    return 1;
  return argc > 2 ? atoi(argv[2]) : 0;
}
