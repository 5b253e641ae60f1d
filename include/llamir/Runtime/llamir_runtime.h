/*===- llamir_runtime.h - What compiled models need when they run -*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* The C interface of libllamir_rt.a, which is linked with the objects that   *|
|* `llamir compile` writes. The header of a model declares its functions.     *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_H
#define LLAMIR_RUNTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. A model's functions may run in several threads at the
 * same time, each with its own arena and results; weights may be shared. */
enum {
  LLAMIR_OK = 0,
  /* A size is negative or 2^31 and more, a pointer that is needed is NULL, or
   * an array has elements of another type. */
  LLAMIR_BAD_ARGUMENT = 1,
  /* An id is not in the vocabulary. */
  LLAMIR_BAD_INDEX = 2,
  /* A kernel's own checks failed, or it had no memory. */
  LLAMIR_KERNEL_FAILED = 3,
  /* A weights file cannot be opened, or is not the one the code is for. */
  LLAMIR_BAD_WEIGHTS = 4,
  /* The observer asked to stop. */
  LLAMIR_STOPPED = 5,
  /* The processor or the system lacks what the code was compiled for. */
  LLAMIR_BAD_MACHINE = 6,
  /* There is no such device or no driver for it, or it failed: it has no more
   * memory, say. */
  LLAMIR_BAD_DEVICE = 7
};

/* What went wrong in the last call in this thread, when it returned anything
 * but LLAMIR_OK, or NULL. At most 1023 bytes in UTF-8, never NULL. Each thread
 * has its own. Valid until the next call in this thread: copy what is to stay.
 */
const char *llamir_last_error(void);

/* The number of threads that share the work of a kernel, the caller's included:
 * 1 to 256, or 0 for one for each processor that the process may use. The
 * latter is the default unless the environment variable HL_NUM_THREADS has a
 * number. Anything else is LLAMIR_BAD_ARGUMENT and changes nothing. Holds for
 * all models in the process. Must not run at the same time as one. */
int32_t llamir_set_threads(int32_t count);

/* An array for the functions NAME_call, which take their arrays in an array. */
typedef enum {
  LLAMIR_F32 = 1,
  LLAMIR_F16 = 2,  /* as its bits, uint16_t */
  LLAMIR_BF16 = 3, /* as its bits, uint16_t */
  LLAMIR_I32 = 4
} llamir_type;
typedef struct {
  void *data;
  /* A llamir_type, that of the elements. */
  int32_t type;
} llamir_array;

/*===------------------------------ Weights -------------------------------===*/

/* A packed weights file that is mapped into memory: it is read when it is used
 * first, and shared by all processes that have it open. */
typedef struct llamir_weights llamir_weights;

/* Opens the file that was written together with the code. `fingerprint` and
 * `bytes`, the size of the data behind the file's header, are the model
 * header's MODEL_FINGERPRINT and MODEL_WEIGHTS_BYTES. NULL, and
 * llamir_last_error() says why, when an argument is NULL or negative
 * (LLAMIR_BAD_ARGUMENT), or when the file cannot be read, is no packed weights
 * file, is too short or too long, or is for other code (LLAMIR_BAD_WEIGHTS).
 * The numbers in it are not checked. Whoever changes or shortens the file while
 * it is open changes the weights, or ends the process with SIGBUS; it may be
 * removed or replaced by another. From any thread. */
llamir_weights *llamir_open_weights(const char *path, const char *fingerprint,
                                    int64_t bytes);

/* What the model's functions take as `weights`: the data of the file, aligned
 * to 4096 bytes, until the file is closed. NULL for NULL. From any thread. */
const void *llamir_get_weights(const llamir_weights *weights);

/* Unmaps the file. NULL is allowed. Must not run at the same time as a model
 * that reads these weights. */
void llamir_close_weights(llamir_weights *weights);

/*===------------------------------ Devices -------------------------------===*/

/* What a model's kernels run on; MODEL_DEVICE of its header says which. Drivers
 * are loaded when they are needed, and nothing is linked with them. Of several
 * devices of a kind the environment variable HL_GPU_DEVICE names one by number.
 */
typedef enum {
  LLAMIR_PROCESSOR = 0,
  LLAMIR_CUDA = 1,
  LLAMIR_OPENCL = 2,
  LLAMIR_VULKAN = 3
} llamir_device;

/* Looks for a device. LLAMIR_BAD_DEVICE, and llamir_last_error() says why, when
 * there is none. The functions below and those of models do it by themselves.
 * From any thread. */
int32_t llamir_open_device(llamir_device device);

/* Memory of a device: its address is a pointer to count with, which only the
 * device can read; NULL, and llamir_last_error() says why, if there is none.
 * What a model's functions take as weights and arena lies there, and all arrays
 * of those whose names end with _on_device, each at a multiple of 512 bytes
 * from the beginning of some memory. On CUDA the arrays may be any memory of
 * the device's primary context, such as that of cudaMalloc. On a processor it
 * is memory like any other. From any thread. */
void *llamir_allocate(llamir_device device, int64_t bytes);

/* Gives such memory back. NULL is allowed. Must not run at the same time as
 * anything that uses it. */
void llamir_free(llamir_device device, void *memory);

/* Copies between memory of the process and of a device, and waits for it. */
int32_t llamir_copy_to_device(llamir_device device, void *to, const void *from,
                              int64_t bytes);
int32_t llamir_copy_from_device(llamir_device device, void *to,
                                const void *from, int64_t bytes);

/* Waits until a device has done all that it was told to; on CUDA, what the
 * stream of the calling thread was told to. */
int32_t llamir_finish_device(llamir_device device);

/* Told of what is copied: `done` of `bytes` bytes. */
typedef void (*llamir_progress)(void *user, int64_t done, int64_t bytes);

/* Copies weights to a device, the first time, and returns where they are: what
 * the model's functions take as `weights`, until the file is closed. On a
 * processor that is where they are mapped. NULL, and llamir_last_error() says
 * why, if the device has no memory for them. `progress` may be NULL. Must not
 * run at the same time as another call for these weights. */
const void *llamir_place_weights(llamir_weights *weights, llamir_device device,
                                 llamir_progress progress, void *user);

/* Makes launches and copies of the calling thread go to `stream`, a CUstream or
 * cudaStream_t of the device's primary context; NULL, which it is otherwise, is
 * the default one. Whoever destroys a stream waits for its end before, and sets
 * another. LLAMIR_BAD_ARGUMENT for other devices than CUDA, and while the
 * thread captures a graph. */
int32_t llamir_set_stream(llamir_device device, void *stream);

/*===------------------------------- Graphs -------------------------------===*/

/* What a function NAME_on_device launches, to be launched again at once. */
typedef struct llamir_graph llamir_graph;

/* From here to llamir_end_capture the calling thread's launches do not run but
 * become a graph. Run the same call once before, so that its code is loaded.
 * NAME, copies, llamir_finish_device and operands without rows are refused
 * meanwhile. LLAMIR_BAD_ARGUMENT for other devices than CUDA. */
int32_t llamir_begin_capture(llamir_device device);

/* Ends the capture that this thread began, after a failed launch, too. NULL,
 * and llamir_last_error() says why, if there is none or it failed. */
llamir_graph *llamir_end_capture(llamir_device device);

/* Launches a graph in the stream of the calling thread. It reads and writes the
 * weights, the arena and the arrays at the addresses and with the sizes of the
 * captured call, which must all still be there; what they hold may change. One
 * launch must have ended before another of the same graph begins in another
 * stream. */
int32_t llamir_launch_graph(llamir_graph *graph);

/* Frees a graph and the memory that only its kernels use, when its launches
 * have ended. NULL is allowed. */
void llamir_free_graph(llamir_graph *graph);

/*===--------------------------- Several targets --------------------------===*/

/* A target that a model has code for, and the weights that go with it; its
 * header's MODEL_target() returns that which is chosen. */
typedef struct {
  const char *name; /* "cuda", "x86-64-avx2". */
  llamir_device device;
  const char *features; /* That a processor must have, by LLVM's names. */
  /* A file beside the header, "" if there are no weights; what it must be, for
   * llamir_open_weights. */
  const char *weights_file, *fingerprint;
  int64_t weights_bytes;
} llamir_target;

/* Chooses which code of the program's models runs, of those that were compiled
 * for several targets: that for the target of this name, or with "auto", which
 * holds when nobody chooses, that for the first target of a model that this
 * machine runs. Weights and arenas belong to a target: those of another one
 * must not be used afterwards. Must not run at the same time as a model.
 *
 * LLAMIR_BAD_ARGUMENT for NULL, and when a model has no such target or none was
 * compiled for several; LLAMIR_BAD_DEVICE or LLAMIR_BAD_MACHINE when this
 * machine does not run its code. Then the choice stays as it was. */
int32_t llamir_select_device(const char *name);

/*===----------------------------- Observing ------------------------------===*/

/* A kernel that a model's function runs. `arrays` has the kernel's operands and
 * then its results, as buffers of Halide (HalideRuntime.h): their sizes count
 * elements, not bytes. All of it is valid only during the call. */
struct halide_buffer_t;
typedef struct {
  const char *kernel;
  /* Counted from 0 in the function that runs. */
  int32_t index;
  int32_t num_operands, num_results;
  struct halide_buffer_t *const *arrays;
  /* Where it runs, a llamir_device: the arrays' `host` is an address there. */
  int32_t device;
} llamir_launch;

/* Called before each kernel with `done` 0 and after it with `done` 1, in the
 * thread that called the model's function; anything but 0 ends the function
 * with LLAMIR_STOPPED. A kernel that fails is not told of with `done` 1.
 * Kernels whose results are empty do not run and are not observed. */
typedef int32_t (*llamir_observer)(void *user, const llamir_launch *launch,
                                   int32_t done);

/* Sets the observer of all threads, and the `user` that it is given; NULL for
 * none. Must not run at the same time as a model. */
void llamir_set_observer(llamir_observer observer, void *user);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_H */
