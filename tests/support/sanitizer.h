// What a test must know of the sanitizer that it runs under. Under some, starting a program costs tens of
// times more.
#ifndef BILLIARD_TESTS_SUPPORT_SANITIZER_H_
#define BILLIARD_TESTS_SUPPORT_SANITIZER_H_

namespace billiard::testing {

// ThreadSanitizer handles a signal when the thread next makes a call that it knows; a fork of a process that
// has threads must not start some.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool kThreadSanitized = true;
#else
inline constexpr bool kThreadSanitized = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SANITIZER_H_
