/* SANITIZED: built with AddressSanitizer, which keeps what was freed for a while and takes memory of its own, so that what
 * the program holds says nothing about weir. gcc and clang say it in different ways. */
#ifndef WEIR_TESTS_SANITIZED_H
#define WEIR_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
