# frozen_string_literal: true

module Billiard
  # Version of this binding, the same as the library's that it was made with.
  VERSION = "0.1.0"
end
