// Nothing: a target of precompiled headers needs a file to compile.
