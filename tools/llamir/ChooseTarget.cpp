//===- ChooseTarget.cpp - The machine that is there -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Drivers are asked in their own words: the runtime would take what runs
// kernels on the processor for a device like any other.
//
//===----------------------------------------------------------------------===//

#include "ChooseTarget.h"
#include "llamir/Support/TargetInfo.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>
#include <vector>

using namespace llamir;

namespace {
/// A driver's library, which stays loaded.
class Driver {
public:
  explicit Driver(const char *name)
      : library(llvm::sys::DynamicLibrary::getPermanentLibrary(name)) {}

  /// A function of this type; null if it is not there.
  template <typename Function> Function *find(const char *name) {
    return library.isValid()
               ? reinterpret_cast<Function *>(library.getAddressOfSymbol(name))
               : nullptr;
  }

private:
  llvm::sys::DynamicLibrary library;
};
} // namespace

/// The first CUDA device, if generated code runs on it.
static std::optional<std::string> findCUDA() {
  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR; kernels are for sm_80.
  constexpr int capability = 75, leastCapability = 8;
  Driver driver("libcuda.so.1");
  auto *init = driver.find<int(unsigned)>("cuInit");
  auto *get = driver.find<int(int *, int)>("cuDeviceGet");
  auto *ask = driver.find<int(int *, int, int)>("cuDeviceGetAttribute");
  auto *getName = driver.find<int(char *, int, int)>("cuDeviceGetName");
  int device = 0, major = 0;
  char name[256] = "";
  if (!init || !get || !ask || !getName || init(0) || get(&device, 0) ||
      ask(&major, capability, device) || major < leastCapability ||
      getName(name, sizeof(name) - 1, device))
    return std::nullopt;
  return name;
}

/// A GPU of the first OpenCL platform, which the runtime takes.
static std::optional<std::string> findOpenCL() {
  constexpr uint64_t typeGPU = 1 << 2; // CL_DEVICE_TYPE_GPU
  constexpr uint32_t deviceName = 0x102b;
  Driver driver("libOpenCL.so.1");
  auto *getPlatforms =
      driver.find<int(uint32_t, void **, uint32_t *)>("clGetPlatformIDs");
  auto *getDevices =
      driver.find<int(void *, uint64_t, uint32_t, void **, uint32_t *)>(
          "clGetDeviceIDs");
  auto *ask = driver.find<int(void *, uint32_t, size_t, void *, size_t *)>(
      "clGetDeviceInfo");
  void *platform = nullptr, *device = nullptr;
  uint32_t count = 0;
  char name[256] = "";
  if (!getPlatforms || !getDevices || !ask ||
      getPlatforms(1, &platform, &count) || count == 0 ||
      getDevices(platform, typeGPU, 1, &device, &count) || count == 0 ||
      ask(device, deviceName, sizeof(name) - 1, name, nullptr))
    return std::nullopt;
  return name;
}

namespace {
/// VkInstanceCreateInfo without layers and extensions.
struct InstanceCreateInfo {
  uint32_t type = 1; // VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
  const void *next = nullptr;
  uint32_t flags = 0;
  const void *application = nullptr;
  uint32_t layerCount = 0;
  const char *const *layers = nullptr;
  uint32_t extensionCount = 0;
  const char *const *extensions = nullptr;
};

/// VkPhysicalDeviceProperties, as far as it is read.
struct DeviceProperties {
  uint32_t apiVersion, driverVersion, vendor, device, type;
  char name[256];
  char others[2048];
};
} // namespace

/// A GPU of Vulkan. Of several devices the runtime takes the best kind.
static std::optional<std::string> findVulkan() {
  constexpr uint32_t integrated = 1, discrete = 2; // VkPhysicalDeviceType
  Driver driver("libvulkan.so.1");
  auto *create =
      driver.find<int(const InstanceCreateInfo *, const void *, void **)>(
          "vkCreateInstance");
  auto *destroy = driver.find<void(void *, const void *)>("vkDestroyInstance");
  auto *list = driver.find<int(void *, uint32_t *, void **)>(
      "vkEnumeratePhysicalDevices");
  auto *ask = driver.find<void(void *, DeviceProperties *)>(
      "vkGetPhysicalDeviceProperties");
  InstanceCreateInfo info;
  void *instance = nullptr;
  if (!create || !destroy || !list || !ask || create(&info, nullptr, &instance))
    return std::nullopt;
  std::optional<std::string> found;
  uint32_t count = 0;
  std::vector<void *> devices;
  if (list(instance, &count, nullptr) == 0) {
    devices.resize(count);
    if (list(instance, &count, devices.data()))
      devices.clear();
  }
  for (void *device : devices) {
    DeviceProperties properties = {};
    ask(device, &properties);
    if (!found &&
        (properties.type == integrated || properties.type == discrete))
      found = properties.name;
  }
  destroy(instance, nullptr);
  return found;
}

static void tell(const llvm::Twine &choice) {
  llvm::WithColor::note(llvm::errs(), "llamir")
      << "--target=auto is " << choice << '\n';
}

std::string llamir::chooseTarget() {
  struct Kind {
    const char *target;
    std::optional<std::string> (*find)();
  };
  constexpr Kind kinds[] = {
      {"cuda", findCUDA}, {"opencl", findOpenCL}, {"vulkan", findVulkan}};
  for (const Kind &kind : kinds)
    if (std::optional<std::string> name = kind.find()) {
      tell(llvm::Twine(kind.target) + ": " + *name);
      return kind.target;
    }
  llvm::Expected<TargetInfo> host = getTarget("host");
  std::string name = host ? host->name : "host";
  llvm::consumeError(host.takeError());
  tell(name + ": neither CUDA nor OpenCL nor Vulkan has a GPU");
  return name;
}
