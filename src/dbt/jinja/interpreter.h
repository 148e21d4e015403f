// SPDX-License-Identifier: Apache-2.0
#pragma once
// Renders templates and calls macros: scopes, control flow, expressions. Names that no scope has are asked of a
// Context. Errors begin with file and line and say through which calls they came. Thread-compatible (lake.md §6.7).

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dbt/jinja/syntax.h"
#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

/// How deep macros may call each other.
inline constexpr int kMaxCallDepth = 64;
/// Bytes of the longest text a template may make.
inline constexpr size_t kMaxOutputBytes = 64U << 20;
/// Rounds of all loops of one rendering.
inline constexpr int64_t kMaxLoopRounds = 1'000'000;

/// Global names of a project. Implementations outlive the interpreter.
class Context {
 public:
  virtual ~Context() = default;
  /// What a name means in a file of `package`; undefined when it means nothing.
  virtual Result<Value> Find(const std::string& name, const std::string& package) = 0;
};

/// Names of one block, and those around it.
struct Frame {
  std::map<std::string, Value> names;
  std::shared_ptr<Frame> parent;
};
using FramePtr = std::shared_ptr<Frame>;

class Interpreter {
 public:
  explicit Interpreter(Context& context) : context_(context) {}

  /// The text a file of `package` makes.
  Result<std::string> Render(const Template& source, const std::string& package);
  Result<Value> Evaluate(const Expression& expression, const std::string& path, const std::string& package);
  /// What the macro prints, or gives to return(). `scope` is where it was defined; null at the top level of a file.
  Result<Value> CallMacro(const Macro& macro, const Arguments& arguments, const FramePtr& scope);

  /// Calls anything that can be called.
  Result<Value> Call(const Value& callee, const Arguments& arguments);
  /// Ends the running macro with this value.
  void Return(Value value) { returned_ = std::move(value); }
  /// Path of the file and line that run now.
  const std::string& path() const { return place_.path; }
  int line() const { return line_; }
  /// Where names of the running block live; for bodies that are called later.
  const FramePtr& frame() const { return frame_; }

  /// Runs `body` with its own names above `scope` (that of {% call %} … {% endcall %}).
  Result<std::string> RenderBody(const Body& body, const FramePtr& scope);

 private:
  struct Place {
    std::string path;
    std::string package;
  };
  class Entered;

  Status Run(const Body& body, std::string& out);
  Status RunOne(const Statement& statement, std::string& out);
  Status RunPrint(const Statement& statement, std::string& out);
  Status RunSet(const Statement& statement);
  Status RunIf(const Statement& statement, std::string& out);
  Status RunFor(const Statement& statement, std::string& out);
  Status RunRounds(const Statement& statement, const std::vector<Value>& items, std::string& out);
  Status RunCall(const Statement& statement, std::string& out);
  Status RunFilterBlock(const Statement& statement, std::string& out);
  Result<std::vector<Value>> ItemsOfLoop(const Statement& statement);
  Status Assign(const std::vector<std::string>& targets, const Value& value);
  Status AssignOne(const std::string& target, const Value& value);
  Status Bind(const Macro& macro, const Arguments& arguments);

  Result<Value> Eval(const Expression& expression);
  Result<Value> EvalName(const Expression& expression);
  Result<Value> EvalSequence(const Expression& expression);
  Result<Value> EvalDict(const Expression& expression);
  Result<Value> EvalAttribute(const Expression& expression);
  Result<Value> EvalItem(const Expression& expression);
  Result<Value> EvalSlice(const Expression& expression);
  Result<Value> EvalCall(const Expression& expression, std::vector<std::pair<std::string, Value>> more);
  Result<Value> EvalTest(const Expression& expression);
  Result<Value> EvalBinary(const Expression& expression);
  Result<Value> EvalUnary(const Expression& expression);
  Result<Value> EvalConditional(const Expression& expression);
  Result<Arguments> EvalArguments(const Expression& expression);

  /// Puts file and line in front of an error that has none yet.
  template <class T>
  Result<T> Located(Result<T> result, int line) const {
    if (result) return result;
    return std::unexpected<Error>(Located(std::move(result).error(), line));
  }
  Error Located(Error error, int line) const;

  Context& context_;
  Place place_;
  int line_ = 0;
  int depth_ = 0;
  int64_t rounds_ = 0;
  FramePtr frame_;
  std::optional<Value> returned_;
};

/// A macro as a value. `scope`: of a macro inside a template.
class MacroObject final : public Object {
 public:
  explicit MacroObject(MacroPtr macro, FramePtr scope = nullptr) : macro_(std::move(macro)), scope_(std::move(scope)) {}
  std::string TypeName() const override { return "macro " + macro_->name; }
  Result<Value> Attribute(const std::string& name) override;
  bool is_callable() const override { return true; }
  Result<Value> Call(Interpreter& interpreter, const Arguments& arguments) override;

 private:
  MacroPtr macro_;
  FramePtr scope_;
};

}  // namespace tarn::dbt::jinja
