/* What rpm's writer of NDB needs of rpm's own header of this name. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#define xcalloc calloc
#define xmalloc malloc
#define xrealloc realloc
#define xstrdup strdup
#define _(text) text
/* the same file each time */
#define time(ignored) 1750000000
