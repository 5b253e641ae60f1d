# The compiler, linker and Halide that tools/dev sets up. CMakePresets.json uses this file, so that the versions
# stay in versions.txt alone. CMake reads it once more for each compiler check: keep it free of output.

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/versions.txt)
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/versions.txt llvm_line REGEX "^llvm=")
string(REPLACE "llvm=" "" llvm_version "${llvm_line}")

set(CMAKE_C_COMPILER clang-${llvm_version})
set(CMAKE_CXX_COMPILER clang++-${llvm_version})
set(CMAKE_LINKER_TYPE LLD)
# Halide's own CMake files: those that its wheel puts into .venv/share ask for Python's headers as well.
get_filename_component(halide_dir ${CMAKE_CURRENT_LIST_DIR}/../.venv/halide/lib64/cmake ABSOLUTE)
list(PREPEND CMAKE_PREFIX_PATH ${halide_dir} /usr/lib/llvm-${llvm_version})

find_program(LLAMIR_CCACHE ccache)
if(LLAMIR_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${LLAMIR_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LLAMIR_CCACHE})
endif()
