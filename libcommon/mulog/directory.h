/* Where ring files are, for the library and the reader: one rule for both. C and C++; needs _GNU_SOURCE. */
#ifndef MULOG_DIRECTORY_H
#define MULOG_DIRECTORY_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Writes to `path` the directory that the environment names, made where it is missing: $MULOG_DIR, else
 * $XDG_RUNTIME_DIR/mulog, else for root /run/mulog. 0, or an errno: ENOENT where there is none. */
static inline int mulog_directory(char* path, size_t size) {
  const char* given = secure_getenv("MULOG_DIR");
  const char* runtime = secure_getenv("XDG_RUNTIME_DIR");
  int length = -1;
  if (given != NULL && *given != '\0')
    length = snprintf(path, size, "%s", given);
  else if (runtime != NULL && *runtime != '\0')
    length = snprintf(path, size, "%s/mulog", runtime);
  else if (geteuid() == 0)
    length = snprintf(path, size, "/run/mulog");
  if (length < 0) return ENOENT;
  if ((size_t)length >= size) return ENAMETOOLONG;
  return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

#endif
