/* weir's version, as --version, the manual and files that weir writes have it. */
#ifndef WEIR_BASE_VERSION_H
#define WEIR_BASE_VERSION_H

#define WEIR_VERSION "0.1.0"

#endif
