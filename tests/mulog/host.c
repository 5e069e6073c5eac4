/* host PLUGIN TIMES: loads a plug-in that logs, and unloads it, so often; it does not know mulog itself. In two
 * threads, of which one ends when the plug-in is gone. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static void (*plugin_run)(int);

static void* run(void* data) {
  (void)data;
  plugin_run(-1);
  return NULL;
}

/* 0: that went well. */
static int load(const char* path, int number) {
  void* const plugin = dlopen(path, RTLD_NOW);
  pthread_t thread;
  if (plugin == NULL) return 1;
  *(void**)&plugin_run = dlsym(plugin, "plugin_run");
  if (plugin_run == NULL || pthread_create(&thread, NULL, run, NULL) != 0) return 1;
  plugin_run(number);
  pthread_join(thread, NULL);
  dlclose(plugin);
  return dlopen(path, RTLD_NOW | RTLD_NOLOAD) == NULL ? 0 : 1; /* it is not there any longer */
}

int main(int argc, char** argv) {
  int i;
  for (i = 0; argc == 3 && i < atoi(argv[2]); ++i)
    if (load(argv[1], i) != 0) return 1;
  return 0;
}
