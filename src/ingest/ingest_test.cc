// SPDX-License-Identifier: Apache-2.0
#include "ingest/ingest.h"

#include <gmock/gmock.h>

#include "base/result_matchers.h"
#include "codec/json.h"
#include "ingest/log_harness_testing.h"
#include "store/memory/memory_store.h"

namespace tarn::ingest {
namespace {

using contract::BodyShape;

class IngestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(registry_.Open(), IsOk());
    contract::ContractDraft draft;
    draft.domain = kTestDomain;
    draft.name = "orders";
    draft.mode = contract::Mode::kManual;
    contract::Column id;
    id.name = "id";
    id.type = contract::ColumnType::kInteger;
    id.required = true;
    id.primary_key = true;
    contract::Column amount;
    amount.name = "amount";
    amount.type = contract::ColumnType::kDouble;
    draft.columns = {id, amount};
    ASSERT_OK_AND_ASSIGN(orders_, registry_.Create(draft));
    ASSERT_THAT(harness_.Open(), IsOk());
    StartService();
  }

  void StartService() {
    Ingest::Dependencies dependencies{registry_, *harness_.log, idempotency_, harness_.metrics};
    ingest_ = std::make_unique<Ingest>(dependencies, Ingest::Limits{.max_records = 1'500});
  }

  contract::EndpointPtr Create(const std::string& name, contract::Mode mode) {
    contract::ContractDraft draft;
    draft.domain = kTestDomain;
    draft.name = name;
    draft.mode = mode;
    const auto created = registry_.Create(draft);
    EXPECT_THAT(created, IsOk());
    return created ? *created : nullptr;
  }

  IngestRequest Single(const std::string& record) { return Request("{\"data\":" + record + "}", BodyShape::kSingle); }

  IngestRequest Request(const std::string& body, BodyShape shape) {
    body_ = body;
    body_.append(kFramePadding, '\0');
    IngestRequest request;
    request.endpoint = orders_;
    request.body = std::string_view(body_).substr(0, body.size());
    request.shape = shape;
    request.request_id = "request-1";
    return request;
  }

  /// The answer, after a write of the log when there was none before.
  IngestAnswer Send(const IngestRequest& request) {
    std::optional<IngestAnswer> answer;
    ingest_->Submit(request, [&](IngestAnswer given) { answer = std::move(given); });
    harness_.log->WriteGroups();
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(IngestAnswer());
  }

  static codec::Json Body(const IngestAnswer& answer) {
    const auto json = codec::ParseJson(answer.Body());
    EXPECT_THAT(json, IsOk()) << answer.Body();
    return json ? *json : codec::Json();
  }

  uint64_t StoredFrames(const std::string& table = "orders") {
    return harness_.log->tail().StateOf(kTestDomain, table).frames;
  }

  /// Dispositions of the last frame's records.
  std::vector<std::string> LastDispositions(const std::string& table = "orders") {
    const auto pin = harness_.log->tail().Pin(kTestDomain, table);
    FrameReader reader(pin, pin.frames().size() - 1, pin.frames().size());
    const auto frame = reader.Next();
    std::vector<std::string> names;
    for (uint32_t i = 0; frame && i < (*frame)->header().record_count; ++i) {
      names.emplace_back(DispositionName((*frame)->record(i).disposition));
    }
    return names;
  }

  LogHarness harness_;
  store::MemoryStore store_;
  contract::Registry registry_{store_, harness_.clock, "test", "delta"};
  IdempotencyMap idempotency_{store_, harness_.clock, "node-1", {}};
  contract::EndpointPtr orders_;
  std::unique_ptr<Ingest> ingest_;
  std::string body_;
};

TEST_F(IngestTest, AValidRecordIsStoredAndAnsweredWithItsReceipt) {
  const auto answer = Send(Single(R"({"id":1,"amount":2.5})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.stored);
  const auto body = Body(answer);
  EXPECT_EQ(body, codec::Json::parse(R"({"status":"success","endpoint":"sales/orders","records_sent":1,"validated":true,
      "request_id":"request-1","ack":"wal","receipt":"1-1"})"));
  EXPECT_EQ(answer.first, answer.last);
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("valid"));
  EXPECT_THAT(answer.Body("silver"), ::testing::HasSubstr(R"("ack":"silver")"));
}

TEST_F(IngestTest, AnInvalidRecordGoesToQuarantineWithItsErrors) {
  const auto answer = Send(Single(R"({"id":"x"})"));
  EXPECT_EQ(answer.status, 200);
  const auto body = Body(answer);
  EXPECT_EQ(body["validated"], false);
  EXPECT_EQ(body["quarantined"], 1);
  ASSERT_EQ(body["validation_errors"].size(), 1U);
  EXPECT_EQ(body["validation_errors"][0]["field"], "id");
  EXPECT_EQ(body["validation_errors"][0]["type"], "int_parsing");
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("quarantined"));
}

TEST_F(IngestTest, StrictRefusesAnInvalidRecordButKeepsItAsRejected) {
  auto request = Single(R"({"amount":1})");
  request.strict = true;
  const auto answer = Send(request);
  EXPECT_EQ(answer.status, 400);
  const auto body = Body(answer);
  EXPECT_EQ(body["detail"]["error"], "Payload validation failed");
  EXPECT_EQ(body["detail"]["endpoint"], "sales/orders");
  EXPECT_EQ(body["detail"]["validation_errors"][0]["type"], "missing");
  EXPECT_FALSE(body.contains("ack"));
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("rejected"));
}

TEST_F(IngestTest, WithoutValidationARecordIsUncheckedUnlessItCannotBeCast) {
  auto request = Single(R"({"id":5})");
  request.validate = false;
  request.strict = true;  // means nothing without validation
  EXPECT_EQ(Body(Send(request))["validated"], false);
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("unchecked"));
  request = Single(R"({"id":"x"})");
  request.validate = false;
  EXPECT_EQ(Send(request).status, 200);
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("quarantined"));
}

TEST_F(IngestTest, ABatchIsOneFrameAndCountsItsRecords) {
  const auto answer = Send(Request(R"([{"id":1},{"id":"bad"},{"id":3}])", BodyShape::kBatch));
  EXPECT_EQ(answer.status, 200);
  const auto body = Body(answer);
  EXPECT_EQ(body["status"], "completed");
  EXPECT_EQ(body["total_records"], 3);
  EXPECT_EQ(body["validated_count"], 2);
  EXPECT_EQ(body["sent_count"], 3);
  EXPECT_EQ(body["quarantined_count"], 1);
  EXPECT_FALSE(body.contains("errors"));
  EXPECT_EQ(answer.last.sequence, answer.first.sequence + 2);
  EXPECT_EQ(StoredFrames(), 1U);
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("valid", "quarantined", "valid"));
}

TEST_F(IngestTest, AStrictBatchDropsOnlyBadRecordsAndListsAtMostAThousand) {
  std::string text = "[{\"id\":1}";
  for (int i = 0; i < 1'100; ++i) text += ",{}";
  auto request = Request(text + "]", BodyShape::kBatch);
  request.strict = true;
  const auto body = Body(Send(request));
  EXPECT_EQ(body["total_records"], 1'101);
  EXPECT_EQ(body["validated_count"], 1);
  EXPECT_EQ(body["sent_count"], 1);
  EXPECT_EQ(body["failed_count"], 1'100);
  ASSERT_EQ(body["errors"].size(), 1'000U);
  EXPECT_EQ(body["errors"][0]["record_index"], 1);
  EXPECT_EQ(body["errors"][0]["errors"][0]["type"], "missing");
}

TEST_F(IngestTest, AnNdjsonLineThatIsNoObjectIsAnInvalidRecord) {
  const auto answer = Send(Request("{\"id\":1}\n\nnot json\n{\"id\":2}\n", BodyShape::kNdjson));
  EXPECT_EQ(Body(answer)["total_records"], 3);
  EXPECT_THAT(LastDispositions(), ::testing::ElementsAre("valid", "quarantined", "valid"));
}

TEST_F(IngestTest, AnEmptyBatchIsAnsweredWithZerosAndNotStored) {
  const auto answer = Send(Request("[]", BodyShape::kBatch));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.stored);
  EXPECT_EQ(Body(answer)["total_records"], 0);
  EXPECT_EQ(StoredFrames(), 0U);
}

TEST_F(IngestTest, BodiesThatAreNoRequestAreRefusedWhole) {
  auto answer = Send(Request("{\"data\":", BodyShape::kSingle));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(Body(answer)["detail"][0]["loc"][0], "body");
  EXPECT_EQ(Send(Request("{}", BodyShape::kSingle)).status, 422);
  answer = Send(Request("[{\"id\":1},2]", BodyShape::kBatch));
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(Body(answer)["detail"][0]["loc"].back(), 1);
  std::string many = "[{}";
  for (int i = 0; i < 1'500; ++i) many += ",{}";
  EXPECT_EQ(Send(Request(many + "]", BodyShape::kBatch)).status, 413);
  EXPECT_EQ(StoredFrames(), 0U);
}

TEST_F(IngestTest, DeleteWithoutAKeyIsRefused) {
  auto request = Single(R"({"x":1})");
  request.endpoint = Create("keyless", contract::Mode::kManual);
  request.operation = contract::Operation::kDelete;
  EXPECT_EQ(Send(request).status, 400);
}

TEST_F(IngestTest, ARepeatedKeyGetsTheFirstAnswerAndStoresNothing) {
  auto request = Single(R"({"id":1})");
  request.idempotency_key = "k";
  const auto first = Send(request);
  request.request_id = "request-2";
  const auto again = Send(request);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.Body(), first.Body());
  EXPECT_EQ(again.last, first.last);
  EXPECT_EQ(StoredFrames(), 1U);
  request.parameters = "ack=silver";
  EXPECT_EQ(Send(request).status, 422);
  auto other = Single(R"({"id":2})");
  other.idempotency_key = "k";
  EXPECT_EQ(Send(other).status, 422);
  other.idempotency_scope = "another key holder";
  EXPECT_EQ(Send(other).status, 200);
}

TEST_F(IngestTest, AKeyInFlightIsAConflict) {
  auto request = Single(R"({"id":1})");
  request.idempotency_key = "k";
  ingest_->Submit(request, [](IngestAnswer) {});
  std::optional<IngestAnswer> second;
  ingest_->Submit(request, [&](IngestAnswer answer) { second = std::move(answer); });
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->status, 409);
  EXPECT_GT(second->retry_after_s, 0);
  harness_.log->WriteGroups();
}

TEST_F(IngestTest, RefusedRequestsAreNotRemembered) {
  auto request = Request("nonsense", BodyShape::kSingle);
  request.idempotency_key = "k";
  EXPECT_EQ(Send(request).status, 422);
  request = Single(R"({"id":1})");
  request.idempotency_key = "k";
  EXPECT_EQ(Send(request).status, 200);
}

TEST_F(IngestTest, AStrictRefusalIsRemembered) {
  auto request = Single("{}");
  request.strict = true;
  request.idempotency_key = "k";
  const auto first = Send(request);
  const auto again = Send(request);
  EXPECT_EQ(again.status, 400);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.Body(), first.Body());
}

TEST_F(IngestTest, AFullDiskIs503WithRetryAfterAndStoresNothing) {
  store::DiskFault fault;
  fault.operation = store::DiskOperation::kPreallocate;
  fault.times = UINT64_MAX;
  fault.error = {ErrorCode::kResourceExhausted, "disk full: /secret/path", {}};
  harness_.disk.Inject(fault);
  auto request = Single("{\"id\":1,\"x\":\"" + std::string(40'000, 'x') + "\"}");
  request.idempotency_key = "k";
  const auto answer = Send(request);
  EXPECT_EQ(answer.status, 503);
  EXPECT_GT(answer.retry_after_s, 0);
  EXPECT_THAT(answer.Body(), ::testing::Not(::testing::HasSubstr("/secret")));
  EXPECT_EQ(StoredFrames(), 0U);
  harness_.disk.ClearFaults();
  harness_.clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(Send(request).status, 200);
}

TEST_F(IngestTest, TheFirstRecordFixesTheColumnsOfAnInferringEndpoint) {
  auto request = Single(R"({"name":"x","size":3})");
  request.endpoint = Create("inferred", contract::Mode::kAutoInference);
  const auto answer = Send(request);
  EXPECT_EQ(answer.status, 200);
  const auto now = registry_.Find(kTestDomain, "inferred");
  ASSERT_NE(now, nullptr);
  EXPECT_TRUE(now->contract().columns_fixed);
  EXPECT_EQ(now->contract().columns.size(), 2U);
  const auto pin = harness_.log->tail().Pin(kTestDomain, "inferred");
  ASSERT_EQ(pin.frames().size(), 1U);
  EXPECT_EQ(pin.frames()[0].contract_version, now->contract().version);
}

TEST_F(IngestTest, RecordsOwnOperationTravelsWithThem) {
  const auto answer = Send(Request(R"([{"id":1,"_op":"delete"},{"id":2}])", BodyShape::kBatch));
  EXPECT_EQ(answer.status, 200);
  const auto pin = harness_.log->tail().Pin(kTestDomain, "orders");
  FrameReader reader(pin);
  ASSERT_OK_AND_ASSIGN(const auto* frame, reader.Next());
  EXPECT_EQ(frame->record(0).operation, contract::Operation::kDelete);
  EXPECT_EQ(frame->record(1).operation, contract::Operation::kUpsert);
}

}  // namespace
}  // namespace tarn::ingest
