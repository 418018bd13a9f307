/* What rpm's writer of NDB needs of rpm's own header of this name. */
#include <stdio.h>
#define rpmlog(level, ...) fprintf(stderr, __VA_ARGS__)
