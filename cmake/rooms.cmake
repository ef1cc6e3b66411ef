# One library per room, tests beside their sources: src/<room>/x.cpp, x.h, x_test.cpp.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)
include(GoogleTest)

add_library(godesk_flags INTERFACE)
target_compile_options(godesk_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# GCC 12 sees overlapping copies in std::string::operator+ (its bug 105651) and uninitialized members in moved
# variants where there are none.
target_compile_options(godesk_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-maybe-uninitialized>)
# GCC 14 takes what an inlined vector frees for something else.
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 14)
  target_compile_options(godesk_flags INTERFACE -Wno-free-nonheap-object -Wno-stringop-overflow)
endif()
target_include_directories(godesk_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(GODESK_SANITIZE OR GODESK_FUZZ)
  target_compile_options(godesk_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                -fno-omit-frame-pointer)
  target_link_options(godesk_flags INTERFACE -fsanitize=address,undefined)
endif()
if(GODESK_FUZZ)
  target_compile_options(godesk_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# godesk_room(<name> [ROOMS <room>...] [LIBS <target>...] [PROTOS <file.proto>...])
function(godesk_room name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LIBS;PROTOS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC godesk_flags ${ARG_ROOMS} PRIVATE ${ARG_LIBS})
  if(ARG_PROTOS)
    godesk_protos(${name} ${ARG_PROTOS})
  endif()
  if(tests AND NOT GODESK_FUZZ)
    godesk_test(${name}_test SOURCES ${tests} LIBS ${name} ${ARG_LIBS})
  endif()
endfunction()

# Generated protobuf-lite code is private to its room and compiled without our warnings.
function(godesk_protos room)
  find_package(Protobuf REQUIRED)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${out})
  foreach(proto ${ARGN})
    get_filename_component(stem ${proto} NAME_WE)
    add_custom_command(
      OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
      COMMAND protobuf::protoc --cpp_out=lite:${out} -I ${CMAKE_CURRENT_SOURCE_DIR} ${proto}
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${proto} VERBATIM)
    target_sources(${room} PRIVATE ${out}/${stem}.pb.cc)
    set_source_files_properties(${out}/${stem}.pb.cc PROPERTIES COMPILE_OPTIONS "-w")
  endforeach()
  target_include_directories(${room} SYSTEM PRIVATE ${out})
  target_link_libraries(${room} PRIVATE protobuf::libprotobuf-lite)
endfunction()

# godesk_test(<name> SOURCES <file>... LIBS <target>...): one executable, one ctest entry, named as the executable.
function(godesk_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})  # sim/seeded_random.h
  target_link_libraries(${name} PRIVATE godesk_flags ${ARG_LIBS} GTest::gmock GTest::gtest_main)
  if(GODESK_SANITIZE)
    # Optimising what the sanitizers add to a test's own code takes as long as all the rest of its compilation.
    target_compile_options(${name} PRIVATE -O0)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS unit)
endfunction()
