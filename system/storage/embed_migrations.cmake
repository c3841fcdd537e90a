cmake_minimum_required(VERSION 3.25)
# Writes ${OUTPUT}, the definition of all_migrations(), from the files in ${FILES} (separated by '|', in the order in
# which they apply). Bytes instead of string literals: no text can end them, and no compiler limits their length.
string(REPLACE "|" ";" FILES "${FILES}")
set(texts "")
set(entries "")
foreach(file IN LISTS FILES)
  string(REGEX MATCH "([a-z]+)/schema/V0*([0-9]+)__([a-z0-9_]+)\\.sql$" found "${file}")
  if(NOT found)
    message(FATAL_ERROR "${file}: a migration is named <group>/schema/V<number>__<name>.sql")
  endif()
  set(group "${CMAKE_MATCH_1}")
  set(version "${CMAKE_MATCH_2}")
  set(name "${CMAKE_MATCH_3}")
  if(group STREQUAL "storage")
    set(group "system") # system/storage/schema belongs to the whole system.
  endif()
  if("${group} ${version}" IN_LIST seen)
    message(FATAL_ERROR "${file}: group ${group} has two migrations with the number ${version}")
  endif()
  list(APPEND seen "${group} ${version}")
  file(READ "${file}" bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND texts "const unsigned char ${group}_${version}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${group}\", ${version}, \"${name}\", text(${group}_${version})},\n")
endforeach()
file(WRITE "${OUTPUT}.new" "// Generated from the schema folders by embed_migrations.cmake.
#include \"system/storage/database.hpp\"

namespace troupe::storage {
namespace {
${texts}
[[maybe_unused]] const char* text(const unsigned char* bytes) { return reinterpret_cast<const char*>(bytes); }
} // namespace

const std::vector<migration>& all_migrations() {
  static const std::vector<migration> all = {
${entries}  };
  return all;
}

} // namespace troupe::storage
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
