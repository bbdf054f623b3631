#pragma once

/// Marks what a shared build of the library exports; everything else is hidden.
#if defined(__GNUC__)
#define MORGIANA_API __attribute__((visibility("default")))
#else
#define MORGIANA_API
#endif
