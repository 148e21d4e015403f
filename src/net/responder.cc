// SPDX-License-Identifier: Apache-2.0
#include "net/responder.h"

#include "base/assert.h"
#include "net/error_body.h"

namespace tarn::net {

BodyWriter& BodyWriter::operator=(BodyWriter&& other) noexcept {
  if (this != &other) {
    Abort();
    sink_ = std::move(other.sink_);
  }
  return *this;
}

Status BodyWriter::Write(std::string chunk) {
  TARN_ASSERT(sink_ != nullptr);
  if (chunk.empty()) return {};
  return sink_->Write(std::move(chunk));
}

void BodyWriter::Finish() {
  if (const auto sink = std::exchange(sink_, nullptr)) sink->Finish();
}

void BodyWriter::Abort() {
  if (const auto sink = std::exchange(sink_, nullptr)) sink->Abort();
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    Responder dropped(std::move(*this));
    sink_ = std::move(other.sink_);
  }
  return *this;
}

Responder::~Responder() {
  if (sink_ != nullptr) Send(ErrorResponse(500, "the request was dropped without an answer", "internal"));
}

void Responder::Send(Response response) {
  TARN_ASSERT(sink_ != nullptr);
  ReplySink& sink = *sink_;
  sink.Reply(std::move(response), std::move(sink_));
}

BodyWriter Responder::Begin(Response head) {
  TARN_ASSERT(sink_ != nullptr);
  ReplySink& sink = *sink_;
  return BodyWriter(sink.Begin(std::move(head), std::move(sink_)));
}

std::stop_token Responder::WatchDisconnect() {
  TARN_ASSERT(sink_ != nullptr);
  return sink_->WatchDisconnect(sink_);
}

}  // namespace tarn::net
