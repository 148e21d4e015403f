// SPDX-License-Identifier: Apache-2.0
#pragma once
// One upload: body into the store piece by piece, the stored file into bronze, the answer (docs/guide/files.md).
// Belongs to one worker thread.

#include <functional>
#include <optional>
#include <string>

#include "api/ack.h"
#include "api/services.h"
#include "codec/json.h"
#include "net/message.h"

namespace tarn::api {

/// What a file became: the members of an answer.
codec::OrderedJson FileManifest(const bronze::FileClaim& claim);
codec::OrderedJson FileManifest(const bronze::TakenFile& file);

class FileUpload {
 public:
  FileUpload(Services& services, const net::Request& request) : services_(services), request_(request) {}

  /// Reads the whole body, or as much as it takes to refuse it.
  net::Response Run();

 private:
  /// Gives the next bytes of a file; none is its end.
  using Source = std::function<Result<std::string>()>;
  struct Stored {
    std::string key;
    std::string etag;  ///< SHA-256 of the bytes
    uint64_t size_bytes = 0;
  };
  struct Taken {
    codec::OrderedJson manifest;
    int status = 200;
  };

  std::optional<net::Response> ReadOptions();
  std::optional<Error> ReadOption(std::string_view name, std::string_view value);
  void ReadHeaders();
  net::Response RunRaw();
  net::Response RunMultipart(std::string_view boundary);
  Result<Taken> TakeFile(const std::string& name, const bronze::FileHints& hints, const Source& source);
  Result<Stored> Store(const std::string& name, const Source& source);
  Status StoreAll(store::ObjectWriter& writer, const Source& source, Stored& stored);
  Taken AnswerOf(const bronze::FileIntake::Outcome& outcome);
  Taken RefusalOf(const bronze::FileIntake::Outcome& outcome);
  bool AwaitSilver(uint64_t entry);
  static net::Response Refusal(const Error& error);

  Services& services_;
  const net::Request& request_;
  std::string domain_;
  std::string table_;
  bronze::DroppedFile options_;
  std::string name_;
  Ack ack_ = Ack::kBronze;
  std::chrono::milliseconds ack_timeout_{0};
};

}  // namespace tarn::api
