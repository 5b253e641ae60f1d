// --target=auto takes a GPU that a driver tells of, and says so; a processor
// that a driver calls a device is none. The drivers are written here.
//
// RUN: rm -rf %t && mkdir -p %t/cuda %t/old %t/opencl %t/none
// RUN: %cc -shared -fPIC -Wl,-soname,libcuda.so.1 -DCUDA -DMAJOR=9 %s -o %t/cuda/libcuda.so.1
// RUN: %cc -shared -fPIC -Wl,-soname,libcuda.so.1 -DCUDA -DMAJOR=7 %s -o %t/old/libcuda.so.1
// RUN: %cc -shared -fPIC -Wl,-soname,libOpenCL.so.1 -DTYPE=4 %s -o %t/opencl/libOpenCL.so.1
// RUN: %cc -shared -fPIC -Wl,-soname,libOpenCL.so.1 -DTYPE=2 %s -o %t/none/libOpenCL.so.1
// RUN: ln -s libOpenCL.so.1 %t/none/libvulkan.so.1 && ln -s ../none/libvulkan.so.1 %t/opencl/libvulkan.so.1
// RUN: cp %t/none/libOpenCL.so.1 %t/old
//
// DEFINE: %{driver} = none
// DEFINE: %{compile} = env LD_LIBRARY_PATH=%t/%{driver} llamir compile %examples/ffn.mlir --target=auto --until-after=schedule 2>&1 | FileCheck %s
//
// REDEFINE: %{driver} = cuda
// RUN: %{compile} --check-prefix=CUDA
// CUDA: llamir: note: --target=auto is cuda: a GPU
// CUDA: halide.schedule for "cuda"
// REDEFINE: %{driver} = opencl
// RUN: %{compile} --check-prefix=OPENCL
// OPENCL: llamir: note: --target=auto is opencl: another GPU
// OPENCL: halide.schedule for "opencl"
// REDEFINE: %{driver} = none
// RUN: %{compile} --check-prefix=NONE
// NONE: llamir: note: --target=auto is [[HOST:x86-64.*]]: neither CUDA nor OpenCL nor Vulkan has a GPU
// NONE: halide.schedule for "[[HOST]]"
// REDEFINE: %{driver} = old
// RUN: %{compile} --check-prefix=NONE
//
// What runs takes it, too.
// RUN: env LD_LIBRARY_PATH=%t/none llamir run %examples/ffn.mlir --target=auto --dim=tokens=2 --check 2>&1 | FileCheck %s --check-prefix=RAN
// RAN: llamir: note: --target=auto is x86-64
// RAN: add 1 {{.*}} ok

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef CUDA
int cuInit(unsigned flags) { return 0; }
int cuDeviceGet(int *device, int number) { return number != 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 75 ? MAJOR : 0;
  return 0;
}
int cuDeviceGetName(char *name, int size, int device) {
  strncpy(name, "a GPU", size);
  return 0;
}
#else
int clGetPlatformIDs(uint32_t most, void **platforms, uint32_t *count) {
  *count = 1;
  return 0;
}
int clGetDeviceIDs(void *platform, uint64_t type, uint32_t most, void **devices,
                   uint32_t *count) {
  *count = type == TYPE;
  return type == TYPE ? 0 : -1;
}
int clGetDeviceInfo(void *device, uint32_t what, size_t size, void *value,
                    size_t *needed) {
  strncpy(value, "another GPU", size);
  return 0;
}
#endif
