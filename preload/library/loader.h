// What the dynamic loader has put where, read from its own list of modules: no dlsym(), which takes
// locks and may allocate.
#pragma once

#include <cstddef>

namespace ttrace::preload {

/// The program's stack as it was executed: argc, argv, the environment, the auxiliary vector. Null:
/// not known.
const void* const* initial_stack();

/// The address of function `name` in the modules behind this library (what dlsym(RTLD_NEXT) finds);
/// 0: none has it. Of several versions of a symbol the default one, which differs from the others
/// for no function asked for here.
unsigned long next_function(const char* name);

/// The value of the variable `name` of the environment that the program was executed with; null:
/// none.
const char* initial_variable(const char* name);

/// A number that changes when modules come or go.
unsigned long module_stamp();

}  // namespace ttrace::preload
