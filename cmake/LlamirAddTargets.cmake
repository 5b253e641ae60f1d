# Targets of this project.

# llamir_add_library(NAME SOURCES... [LINK LIBS...] [DEPENDS TARGETS...])
# A static library on top of the shared libMLIR and libLLVM.
function(llamir_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  # Generated headers come first: every library may include any dialect.
  add_dependencies(${name} LlamirTableGen ${ARG_DEPENDS})
endfunction()

# llamir_add_tool(NAME SOURCES... [LINK LIBS...])
function(llamir_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} MLIR LLVM)
  add_dependencies(${name} LlamirTableGen)
endfunction()

# llamir_tablegen(TD_FILE [OUTPUT GENERATOR...]...)
# Runs mlir-tblgen on a .td file; pairs of an output file and its generator arguments,
# separated by ";": llamir_tablegen(Ops.td "Ops.h.inc;-gen-op-decls" "Ops.cpp.inc;-gen-op-defs")
add_custom_target(LlamirTableGen)
function(llamir_tablegen td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(TABLEGEN_OUTPUT)
  foreach(pair ${ARGN})
    string(REPLACE "|" ";" parts "${pair}")
    list(POP_FRONT parts output)
    mlir_tablegen(${output} ${parts} EXTRA_INCLUDES ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
  endforeach()
  file(RELATIVE_PATH key ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${td})
  string(REGEX REPLACE "[/.]" "_" key ${key})
  add_custom_target(tablegen_${key} DEPENDS ${TABLEGEN_OUTPUT})
  add_dependencies(LlamirTableGen tablegen_${key})
endfunction()

# Writes the texts of files that are part of the program, as lines
# {"name of the file", R"(its text)"}, of a table of C++.
function(llamir_embed_files output pattern)
  file(GLOB files CONFIGURE_DEPENDS ${pattern})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(table)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND table "{\"${name}\", R\"llamir(${text})llamir\"},\n")
  endforeach()
  file(GENERATE OUTPUT ${output} CONTENT "${table}")
endfunction()
