#pragma once

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "gallery/campus.hpp"

namespace morgiana {

/// An enrolment that has the writer's turn until it is released, which it must be.
class HeldEnrolment {
 public:
  HeldEnrolment(Campus& campus, const std::string& id)
      : thread_([this, &gallery = campus.gallery,
                 people = std::vector{Enrolment{SubjectId(id), {campus.person()}}}] {
          gallery.enrol(people, {.progress = [this](std::uint64_t, std::uint64_t) {
                          has_begun_.set_value();
                          may_end_.get_future().wait();
                        }});
        }) {
    has_begun_.get_future().wait();
  }
  HeldEnrolment(const HeldEnrolment&) = delete;
  HeldEnrolment& operator=(const HeldEnrolment&) = delete;
  ~HeldEnrolment() { thread_.join(); }

  void release() { may_end_.set_value(); }

 private:
  std::promise<void> has_begun_;
  std::promise<void> may_end_;
  std::thread thread_;  // last, so that the promises are there before it
};

}  // namespace morgiana
