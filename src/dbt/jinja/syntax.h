// SPDX-License-Identifier: Apache-2.0
#pragma once
// The syntax tree of a template: expressions, statements, macros, each with its line. Plain values, immutable once
// parsed and then shared by threads (lake.md §6.7).

#include <memory>
#include <string>
#include <vector>

#include "dbt/jinja/value.h"

namespace tarn::dbt::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

struct CallArgument {
  std::string name;  ///< empty: by position
  int stars = 0;     ///< 1: *list, 2: **dict
  ExpressionPtr value;
};

struct Expression {
  enum class Kind {
    kLiteral,
    kName,
    kList,
    kTuple,
    kDict,        ///< children: key, value, key, value …
    kAttribute,   ///< children[0] . name
    kItem,        ///< children[0] [ children[1] ]
    kSlice,       ///< children[0] [ from : to : step ], absent ones null
    kCall,        ///< children[0] ( arguments )
    kFilter,      ///< children[0] | name ( arguments )
    kTest,        ///< children[0] is name ( arguments ); negated: is not
    kUnary,       ///< name: not, -, +
    kBinary,      ///< name: + - * / // % ** ~ and or == != < <= > >= in "not in"
    kConditional  ///< children[0] if children[1] else children[2], which may be null
  };
  Kind kind = Kind::kLiteral;
  int line = 0;
  std::string name;
  bool negated = false;
  Value literal;
  std::vector<ExpressionPtr> children;
  std::vector<CallArgument> arguments;
};

struct Statement;
using Body = std::vector<Statement>;

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  ///< null: none
};

struct Macro {
  std::string name;
  std::string package;
  std::string path;  ///< of its file, from the project's root
  int line = 0;
  std::vector<Parameter> parameters;
  bool takes_more_positional = false;  ///< its body reads `varargs`
  bool takes_more_named = false;       ///< its body reads `kwargs`
  std::shared_ptr<const Body> body;
};
using MacroPtr = std::shared_ptr<const Macro>;

struct Branch {
  ExpressionPtr condition;  ///< null: else
  Body body;
};

struct Statement {
  enum class Kind { kText, kPrint, kSet, kSetBlock, kIf, kFor, kMacro, kCall, kFilterBlock, kDo };
  Kind kind = Kind::kText;
  int line = 0;
  std::string text;                   ///< of kText
  ExpressionPtr expression;           ///< printed, assigned, gone through, called or done
  ExpressionPtr condition;            ///< for … if
  std::vector<std::string> targets;   ///< names of set and for; "ns.name" for an attribute
  std::vector<Branch> branches;       ///< of kIf; of kFor the else at [0]
  std::vector<Parameter> parameters;  ///< of {% call(a, b) … %}
  Body body;
  MacroPtr macro;  ///< of kMacro
};

/// A template with its place in the project.
struct Template {
  std::string path;
  Body body;
  std::vector<MacroPtr> macros;  ///< at its top level; those of {% test %} are named test_{name}
};

/// "models/a.sql:12: message".
std::string AtLine(const std::string& path, int line, const std::string& message);

}  // namespace tarn::dbt::jinja
