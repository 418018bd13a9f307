/* Loads the Android library into a musl process and runs its story. musl's loader takes the library's libc.so, libm.so
 * and libdl.so for itself; what bionic has under other names, numbers or layouts is put between here. It shows that the
 * ARM code runs, not that bionic does what musl does. */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int *__errno_location(void);
int *__errno(void) { return __errno_location(); }

/* In bionic ai_canonname comes before ai_addr, as in BSD. */
struct bionic_addrinfo {
    int flags, family, socktype, protocol;
    socklen_t addrlen;
    char *canonname;
    struct sockaddr *addr;
    struct bionic_addrinfo *next;
    struct sockaddr_storage place;
};

int resolve_for_bionic(const char *, const char *, const struct bionic_addrinfo *, struct bionic_addrinfo **)
    __asm__("getaddrinfo");
int resolve_for_bionic(const char *name, const char *service, const struct bionic_addrinfo *hint, struct bionic_addrinfo **found) {
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
    struct addrinfo wanted = {0}, *list = NULL, *entry;
    struct bionic_addrinfo **end = found;
    if (hint) wanted.ai_family = hint->family, wanted.ai_socktype = hint->socktype, wanted.ai_protocol = hint->protocol;
    int code = real(name, service, &wanted, &list);
    *found = NULL;
    if (code) return code;
    for (entry = list; entry; entry = entry->ai_next) {
        struct bionic_addrinfo *copy = calloc(1, sizeof *copy);
        if (!copy) break;
        copy->family = entry->ai_family, copy->socktype = entry->ai_socktype, copy->protocol = entry->ai_protocol;
        copy->addrlen = entry->ai_addrlen, copy->addr = (struct sockaddr *)&copy->place;
        memcpy(&copy->place, entry->ai_addr, entry->ai_addrlen);
        *end = copy, end = &copy->next;
    }
    return 0;
}

void free_for_bionic(struct bionic_addrinfo *) __asm__("freeaddrinfo");
void free_for_bionic(struct bionic_addrinfo *list) {
    while (list) {
        struct bionic_addrinfo *next = list->next;
        free(list);
        list = next;
    }
}

/* The numbers of sysconf differ. */
long sysconf(int name) {
    switch (name) {
    case 0x27: case 0x28: return 4096;   /* _SC_PAGESIZE, _SC_PAGE_SIZE */
    case 0x60: case 0x61: return 2;      /* _SC_NPROCESSORS_CONF, _ONLN */
    case 0x47: case 0x48: return 1024;   /* _SC_GETGR_R_SIZE_MAX, _SC_GETPW_R_SIZE_MAX */
    }
    return -1;
}

#if __SIZEOF_POINTER__ == 4
/* A mutex of 32-bit bionic has 4 bytes, pthread_attr_t 24: musl would write beyond them. */
static int lock(int *mutex) {
    while (__sync_lock_test_and_set(mutex, 1)) usleep(50);
    return 0;
}
int mutex_lock(int *mutex) __asm__("pthread_mutex_lock");
int mutex_lock(int *mutex) { return lock(mutex); }
int mutex_trylock(int *mutex) __asm__("pthread_mutex_trylock");
int mutex_trylock(int *mutex) { return __sync_lock_test_and_set(mutex, 1) ? 16 : 0; }
int mutex_unlock(int *mutex) __asm__("pthread_mutex_unlock");
int mutex_unlock(int *mutex) {
    __sync_lock_release(mutex);
    return 0;
}
int attr_nothing(void *attributes) __asm__("pthread_attr_init");
int attr_nothing(void *attributes) { return attributes ? 0 : 22; }
int attr_destroy(void *attributes) __asm__("pthread_attr_destroy");
int attr_destroy(void *attributes) { return attributes ? 0 : 22; }
int attr_size(void *attributes, size_t size) __asm__("pthread_attr_setstacksize");
int attr_size(void *attributes, size_t size) { return attributes && size ? 0 : 22; }
/* The stack has the size that the program's header says (-z stack-size). */
int create(void *thread, void *attributes, void *(*start)(void *), void *argument) __asm__("pthread_create");
int create(void *thread, void *attributes, void *(*start)(void *), void *argument) {
    int (*real)(void *, void *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    (void)attributes;
    return real(thread, NULL, start, argument);
}
#endif

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (count != 5) return fprintf(stderr, "usage: harness LIBRARY LINK FOLDER ROOT\n"), 2;
    void *library = dlopen(words[1], RTLD_NOW);
    if (!library) return printf("failed load: %s\n", dlerror()), 1;
    int (*panics)(void) = dlsym(library, "muster_emulated_panic");
    int (*story)(const char *, const char *, const char *) = dlsym(library, "muster_emulated_story");
    if (!panics || !story) return printf("failed: built without the feature emulated\n"), 1;
    if (panics()) return printf("failed: a panic was not caught\n"), 1;
    printf("unwound\n");
    return story(words[2], words[3], words[4]);
}
