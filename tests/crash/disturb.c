/* Preloaded by the crash matrix: counts the calls that change files below KHO_CRASH_ROOT and disturbs number KHO_CRASH_AT.

   KHO_CRASH_KIND  count | kill (the process group, before the call) | torn (half of a write, then kill)
                   | enospc | eio | short (half of a write is written, and said so)
   KHO_CRASH_STAY  1: every call from that number on fails, not this one only
   KHO_CRASH_STATE a file of 16 bytes shared by parent and children: calls so far, calls disturbed
   KHO_CRASH_LOG   a file that gets "call path" for each call counted

   Read when a program starts, and again by kho_crash_begin(); kho_crash_end() lets everything pass.
   What it cannot see: direct system calls that go past libc, and stores into memory that is mapped from a file. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { COUNT, KILL, TORN, ENOSPC_, EIO_, SHORT };
enum verdict { PASS, FAIL, HALF, HALF_AND_KILL };

struct state { _Atomic long calls, disturbed; };

static struct state *state;
static char root[PATH_MAX];
static size_t root_size;
static enum kind kind;
static long at;
static int stay, logging = -1;
static const char *writes[] = {"write", "copy", NULL};

static enum kind kind_of(const char *name) {
    static const char *names[] = {"count", "kill", "torn", "enospc", "eio", "short"};
    for (int i = 0; i < 6; i++)
        if (name && !strcmp(name, names[i])) return i;
    return COUNT;
}

void kho_crash_end(void) {
    if (state) munmap(state, sizeof *state);
    state = NULL;
    if (logging >= 0) close(logging);
    logging = -1;
}

__attribute__((constructor)) void kho_crash_begin(void) {
    kho_crash_end();
    const char *below = getenv("KHO_CRASH_ROOT"), *file = getenv("KHO_CRASH_STATE");
    if (!below || !file) return;
    snprintf(root, sizeof root, "%s/", below);
    root_size = strlen(root);
    kind = kind_of(getenv("KHO_CRASH_KIND"));
    at = getenv("KHO_CRASH_AT") ? atol(getenv("KHO_CRASH_AT")) : 0;
    stay = getenv("KHO_CRASH_STAY") && *getenv("KHO_CRASH_STAY") == '1';
    if (getenv("KHO_CRASH_LOG"))
        logging = syscall(SYS_openat, AT_FDCWD, getenv("KHO_CRASH_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int handle = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    if (handle < 0) return;
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    state = mapped == MAP_FAILED ? NULL : mapped;
}

/* ------------------------------------------------------------------ which path */

static int held(int handle, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[size < 0 ? 0 : size] = 0;
    return size > 0;
}

static void whole(int folder, const char *name, char *path) {
    char base[PATH_MAX] = "";
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else {
        if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
        else held(folder, base);
        snprintf(path, PATH_MAX, "%.2000s/%.2000s", base, name);
    }
}

static int inside(const char *path) { return !strncmp(path, root, root_size); }

/* ------------------------------------------------------------------ what happens */

static int writing(const char *call) {
    for (const char **one = writes; *one; one++)
        if (!strcmp(call, *one)) return 1;
    return 0;
}

static int possible(const char *call) { /* a full disk refuses nothing that frees room */
    if (kind == SHORT || kind == TORN) return writing(call);
    return kind != ENOSPC_ || (strcmp(call, "unlink") && strcmp(call, "rmdir") && strcmp(call, "chmod"));
}

__attribute__((noreturn)) static void die(void) {
    kill(0, SIGKILL);
    for (;;) pause();
}

static enum verdict judged(const char *call, const char *path) {
    if (!state || !inside(path)) return PASS;
    int before = errno;
    long number = atomic_fetch_add(&state->calls, 1) + 1;
    if (logging >= 0) dprintf(logging, "%s %s\n", call, path + root_size);
    errno = before;
    if (kind == COUNT || number < at || (number > at && !stay) || !possible(call)) return PASS;
    atomic_fetch_add(&state->disturbed, 1);
    switch (kind) {
    case KILL: die();
    case TORN: return HALF_AND_KILL;
    case SHORT: return HALF;
    default: errno = kind == ENOSPC_ ? ENOSPC : EIO; return FAIL;
    }
}

static enum verdict judged_at(const char *call, int folder, const char *name) {
    if (!state) return PASS;
    char path[PATH_MAX];
    whole(folder, name, path);
    return judged(call, path);
}

static enum verdict judged_open(const char *call, int handle) {
    if (!state) return PASS;
    int before = errno;
    char path[PATH_MAX];
    held(handle, path);
    errno = before;
    return judged(call, path);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = dlsym(RTLD_NEXT, #name)

/* ------------------------------------------------------------------ open */

#define CHANGES(flags) ((flags) & (O_CREAT | O_TRUNC) || ((flags) & O_TMPFILE) == O_TMPFILE)

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more); \
        if (CHANGES(flags) && judged_at("open", AT_FDCWD, path) == FAIL) return -1; \
        return real(path, flags, mode); }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        REAL(int, name, int, const char *, int, ...); \
        va_list more; va_start(more, flags); mode_t mode = va_arg(more, int); va_end(more); \
        if (CHANGES(flags) && judged_at("open", folder, path) == FAIL) return -1; \
        return real(folder, path, flags, mode); }
OPENAT(openat)
OPENAT(openat64)

#define CREAT(name) \
    int name(const char *path, mode_t mode) { \
        REAL(int, name, const char *, mode_t); \
        return judged_at("open", AT_FDCWD, path) == FAIL ? -1 : real(path, mode); }
CREAT(creat)
CREAT(creat64)

/* ------------------------------------------------------------------ write */

#define WRITTEN(whole_call, half_call, size) \
    switch (judged_open("write", handle)) { \
    case FAIL: return -1; \
    case HALF: return (size) > 1 ? half_call : whole_call; \
    case HALF_AND_KILL: (void)!half_call; die(); \
    default: return whole_call; }

ssize_t write(int handle, const void *from, size_t size) {
    REAL(ssize_t, write, int, const void *, size_t);
    WRITTEN(real(handle, from, size), real(handle, from, size / 2), size)
}

#define PWRITE(name, offset) \
    ssize_t name(int handle, const void *from, size_t size, offset place) { \
        REAL(ssize_t, name, int, const void *, size_t, offset); \
        WRITTEN(real(handle, from, size, place), real(handle, from, size / 2, place), size) }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int handle, const struct iovec *parts, int count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    WRITTEN(real(handle, parts, count), real(handle, parts, 1), count)
}

#define PWRITEV(name, offset) \
    ssize_t name(int handle, const struct iovec *parts, int count, offset place) { \
        REAL(ssize_t, name, int, const struct iovec *, int, offset); \
        WRITTEN(real(handle, parts, count, place), real(handle, parts, 1, place), count) }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define SENDFILE(name, offset) \
    ssize_t name(int handle, int from, offset *place, size_t size) { \
        REAL(ssize_t, name, int, int, offset *, size_t); \
        WRITTEN(real(handle, from, place, size), real(handle, from, place, size / 2), size) }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

ssize_t copy_file_range(int from, off64_t *first, int handle, off64_t *place, size_t size, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    WRITTEN(real(from, first, handle, place, size, flags), real(from, first, handle, place, size / 2, flags), size)
}

/* ------------------------------------------------------------------ names */

#define ONE_NAME(name, call) \
    int name(const char *path) { \
        REAL(int, name, const char *); \
        return judged_at(call, AT_FDCWD, path) == FAIL ? -1 : real(path); }
ONE_NAME(unlink, "unlink")
ONE_NAME(rmdir, "rmdir")
ONE_NAME(remove, "unlink")

#define TWO_NAMES(name, call) \
    int name(const char *from, const char *to) { \
        REAL(int, name, const char *, const char *); \
        return judged_at(call, AT_FDCWD, to) == FAIL ? -1 : real(from, to); }
TWO_NAMES(rename, "rename")
TWO_NAMES(link, "link")
TWO_NAMES(symlink, "symlink")

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    return judged_at(flags & AT_REMOVEDIR ? "rmdir" : "unlink", folder, path) == FAIL ? -1 : real(folder, path, flags);
}

int renameat(int old, const char *from, int folder, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    return judged_at("rename", folder, to) == FAIL ? -1 : real(old, from, folder, to);
}

int renameat2(int old, const char *from, int folder, const char *to, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    return judged_at("rename", folder, to) == FAIL ? -1 : real(old, from, folder, to, flags);
}

int linkat(int old, const char *from, int folder, const char *to, int flags) {
    REAL(int, linkat, int, const char *, int, const char *, int);
    return judged_at("link", folder, to) == FAIL ? -1 : real(old, from, folder, to, flags);
}

int symlinkat(const char *from, int folder, const char *to) {
    REAL(int, symlinkat, const char *, int, const char *);
    return judged_at("symlink", folder, to) == FAIL ? -1 : real(from, folder, to);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return judged_at("mkdir", AT_FDCWD, path) == FAIL ? -1 : real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    return judged_at("mkdir", folder, path) == FAIL ? -1 : real(folder, path, mode);
}

/* ------------------------------------------------------------------ size, mode, sync */

#define TRUNCATE(name, offset) \
    int name(const char *path, offset size) { \
        REAL(int, name, const char *, offset); \
        return judged_at("truncate", AT_FDCWD, path) == FAIL ? -1 : real(path, size); }
TRUNCATE(truncate, off_t)
TRUNCATE(truncate64, off64_t)

#define FTRUNCATE(name, offset) \
    int name(int handle, offset size) { \
        REAL(int, name, int, offset); \
        return judged_open("truncate", handle) == FAIL ? -1 : real(handle, size); }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define FALLOCATE(name, offset) \
    int name(int handle, int mode, offset place, offset size) { \
        REAL(int, name, int, int, offset, offset); \
        return judged_open("allocate", handle) == FAIL ? -1 : real(handle, mode, place, size); }
FALLOCATE(fallocate, off_t)
FALLOCATE(fallocate64, off64_t)

int posix_fallocate(int handle, off_t place, off_t size) { /* gives its error back */
    REAL(int, posix_fallocate, int, off_t, off_t);
    return judged_open("allocate", handle) == FAIL ? errno : real(handle, place, size);
}

int chmod(const char *path, mode_t mode) {
    REAL(int, chmod, const char *, mode_t);
    return judged_at("chmod", AT_FDCWD, path) == FAIL ? -1 : real(path, mode);
}

int fchmodat(int folder, const char *path, mode_t mode, int flags) {
    REAL(int, fchmodat, int, const char *, mode_t, int);
    return judged_at("chmod", folder, path) == FAIL ? -1 : real(folder, path, mode, flags);
}

#define OF_HANDLE(name, call) \
    int name(int handle) { \
        REAL(int, name, int); \
        return judged_open(call, handle) == FAIL ? -1 : real(handle); }
OF_HANDLE(fsync, "fsync")
OF_HANDLE(fdatasync, "fsync")

int fchmod(int handle, mode_t mode) {
    REAL(int, fchmod, int, mode_t);
    return judged_open("chmod", handle) == FAIL ? -1 : real(handle, mode);
}
