/* ndb-writer DATABASE: puts headers into an NDB database, with rpm's own writer. From the standard input, in the machine's order:
 * a package's number, the length of its header (0 removes the package), the header. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "rpmpkg.h"

int main(int count, char **words)
{
    rpmpkgdb database;
    unsigned int head[2];

    if (count != 2 || rpmpkgOpen(&database, words[1], O_RDWR | O_CREAT, 0644))
        return 1;
    rpmpkgSetFsync(database, 0);
    while (fread(head, sizeof(head), 1, stdin) == 1) {
        unsigned char *blob = malloc(head[1] + 1);
        if (head[1] == 0 ? rpmpkgDel(database, head[0])
                         : fread(blob, head[1], 1, stdin) != 1 || rpmpkgPut(database, head[0], blob, head[1]))
            return 1;
        free(blob);
    }
    rpmpkgClose(database);
    return 0;
}
