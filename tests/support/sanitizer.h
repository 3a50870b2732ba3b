// Whether this test runs under a sanitizer, where starting a program costs tens of times more.
#ifndef BILLIARD_TESTS_SUPPORT_SANITIZER_H_
#define BILLIARD_TESTS_SUPPORT_SANITIZER_H_

namespace billiard::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace billiard::testing

#endif  // BILLIARD_TESTS_SUPPORT_SANITIZER_H_
