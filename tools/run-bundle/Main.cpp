//===- Main.cpp - Check and time the libraries of a bundle ----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Runs where there is nothing but a driver: it is linked with the C library
// alone, and has the runtime in it that the libraries call.
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llamir;

static constexpr char usage[] =
    "usage: run-bundle [FOLDER] [--json=FILE] [--filter=TEXT] [--seconds=N]\n\n"
    "Checks and times the libraries (*.so) of a bundle on their devices.\n\n"
    "  FOLDER         where they are; that of this program by default\n"
    "  --json=FILE    where the results go as JSON\n"
    "  --filter=TEXT  only functions with this text in \"LIBRARY FUNCTION\"\n"
    "  --seconds=N    give up on a run after so long; 30 by default\n\n"
    "1 is returned if a run is wrong or fails.\n";

namespace {
struct Options {
  std::string folder, json, filter;
  int seconds = 30;
};
} // namespace

static std::string getOwnFolder() {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
  std::string text(path, length > 0 ? length : 0);
  return text.substr(0, text.rfind('/'));
}

/// False, with a message, if the command line is wrong.
static bool parse(int argc, char **argv, Options &options) {
  auto takes = [](const char *argument, const char *name, const char *&value) {
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0)
      return false;
    value = argument + length;
    return true;
  };
  for (int i = 1; i < argc; ++i) {
    const char *value = nullptr;
    char *end = nullptr;
    if (takes(argv[i], "--json=", value))
      options.json = value;
    else if (takes(argv[i], "--filter=", value))
      options.filter = value;
    else if (takes(argv[i], "--seconds=", value)) {
      long seconds = strtol(value, &end, 10);
      if (*end || end == value || seconds < 1 || seconds > 86400) {
        fprintf(stderr,
                "run-bundle: error: %s: expected a number from 1 to 86400\n",
                argv[i]);
        return false;
      }
      options.seconds = int(seconds);
    } else if (argv[i][0] == '-' || !options.folder.empty()) {
      fprintf(stderr, "run-bundle: error: unknown argument '%s'\n\n%s", argv[i],
              usage);
      return false;
    } else
      options.folder = argv[i];
  }
  if (options.folder.empty())
    options.folder = getOwnFolder();
  return true;
}

/// The name of the first CUDA device, and the version of CUDA that its driver
/// has; empty if there is none.
static std::string getCUDAName() {
  void *driver = dlopen("libcuda.so.1", RTLD_NOW);
  auto find = [&](const char *name) {
    return driver ? dlsym(driver, name) : nullptr;
  };
  auto init = reinterpret_cast<int (*)(unsigned)>(find("cuInit"));
  auto getDevice = reinterpret_cast<int (*)(int *, int)>(find("cuDeviceGet"));
  auto getName =
      reinterpret_cast<int (*)(char *, int, int)>(find("cuDeviceGetName"));
  auto getVersion =
      reinterpret_cast<int (*)(int *)>(find("cuDriverGetVersion"));
  int device = 0, version = 0;
  char name[200] = "";
  if (!init || !getDevice || !getName || !getVersion || init(0) != 0 ||
      getDevice(&device, 0) != 0 || getName(name, sizeof(name), device) != 0 ||
      getVersion(&version) != 0)
    return "";
  return std::string(name) + ", CUDA " + std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

static std::string getName(llamir_device device) {
  switch (device) {
  case LLAMIR_PROCESSOR:
    return "processor";
  case LLAMIR_OPENCL:
    return "OpenCL";
  case LLAMIR_VULKAN:
    return "Vulkan";
  case LLAMIR_CUDA:
    break;
  }
  std::string name = getCUDAName();
  return name.empty() ? "CUDA" : name;
}

/// Opens the device that libraries run on, and tells its name, or what is wrong
/// with it. In a child: a process that has started CUDA has no children that
/// use it.
static bool openDevice(llamir_device device, std::string &text) {
  int ends[2];
  if (pipe(ends) != 0) {
    text = "there is no process to open the device";
    return false;
  }
  pid_t child = fork();
  if (child == 0) {
    bool fails = llamir_open_device(device) != LLAMIR_OK;
    std::string told = fails ? llamir_last_error() : getName(device);
    bool writes = write(ends[1], told.data(), told.size()) >= 0;
    _exit(fails || !writes);
  }
  close(ends[1]);
  char told[1200];
  ssize_t length = read(ends[0], told, sizeof(told));
  close(ends[0]);
  int status = 1;
  waitpid(child, &status, 0);
  text = length > 0 ? std::string(told, length) : "the device cannot be opened";
  return status == 0;
}

static double getSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

static void showProgress(size_t done, size_t count) {
  if (!isatty(STDERR_FILENO))
    return;
  fprintf(stderr, "\r\033[K");
  if (done < count)
    fprintf(stderr, "running %zu of %zu", done + 1, count);
}

int main(int argc, char **argv) {
  if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
    fputs(usage, stdout);
    return 0;
  }
  Options options;
  std::vector<Library> libraries;
  if (!parse(argc, argv, options) || !loadLibraries(options.folder, libraries))
    return 1;
  std::vector<CaseId> cases;
  for (CaseId id : listCases(libraries)) {
    std::string name = std::string(libraries[id.library].description->name) +
                       " " + getFunction(libraries, id).name;
    if (name.find(options.filter) != std::string::npos)
      cases.push_back(id);
  }
  if (cases.empty()) {
    fprintf(stderr, "run-bundle: error: no function has '%s' in its name\n",
            options.filter.c_str());
    return 1;
  }
  std::string machine;
  if (!openDevice(libraries.front().description->device, machine)) {
    fprintf(stderr, "run-bundle: error: %s\n", machine.c_str());
    return 1;
  }
  double start = getSeconds();
  Results results = {libraries, cases, {}, machine};
  showProgress(0, cases.size());
  runCases(libraries, cases, options.seconds,
           [&](size_t index, const CaseResult &result) {
             results.results.push_back(result);
             showProgress(index + 1, cases.size());
           });
  results.seconds = getSeconds() - start;
  printReport(results);
  if (!options.json.empty() && !writeJSON(results, options.json))
    return 1;
  return results.countWrong() != 0;
}
