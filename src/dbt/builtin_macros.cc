// SPDX-License-Identifier: Apache-2.0
// What dbt offers every project as macros, in the one dialect that runs here.
#include "dbt/macro_library.h"

namespace tarn::dbt {
namespace {

constexpr const char* kDbtMacros = R"jinja(
{% macro string_literal(value) %}{{ return("'" ~ (value | string | replace("'", "''")) ~ "'") }}{% endmacro %}
{% macro escape_single_quotes(expression) %}{{ return(expression | replace("'", "''")) }}{% endmacro %}
{% macro concat(fields) %}{{ return(fields | join(' || ')) }}{% endmacro %}
{% macro hash(field) %}md5(cast({{ field }} as varchar)){% endmacro %}
{% macro cast(field, type) %}cast({{ field }} as {{ type }}){% endmacro %}
{% macro safe_cast(field, type) %}try_cast({{ field }} as {{ type }}){% endmacro %}
{% macro cast_bool_to_text(field) %}cast({{ field }} as varchar){% endmacro %}
{% macro length(expression) %}length({{ expression }}){% endmacro %}
{% macro position(substring_text, string_text) %}position({{ substring_text }} in {{ string_text }}){% endmacro %}
{% macro replace(field, old_chars, new_chars) %}replace({{ field }}, {{ old_chars }}, {{ new_chars }}){% endmacro %}
{% macro right(string_text, length_expression) %}right({{ string_text }}, {{ length_expression }}){% endmacro %}
{% macro split_part(string_text, delimiter_text, part_number) %}
{{- return('string_split(' ~ string_text ~ ', ' ~ delimiter_text ~ ')[' ~ part_number ~ ']') -}}
{% endmacro %}
{% macro dateadd(datepart, interval, from_date_or_timestamp) %}
{{- return('date_add(' ~ from_date_or_timestamp ~ ', interval (' ~ interval ~ ') ' ~ datepart ~ ')') -}}
{% endmacro %}
{% macro datediff(first_date, second_date, datepart) %}
{{- return("date_diff('" ~ datepart ~ "', " ~ first_date ~ ", " ~ second_date ~ ")") -}}
{% endmacro %}
{% macro date_trunc(datepart, date) %}date_trunc('{{ datepart }}', {{ date }}){% endmacro %}
{% macro last_day(date, datepart) %}
{{- return("cast(date_trunc('" ~ datepart ~ "', " ~ date ~ ") + interval 1 " ~ datepart ~ " - interval 1 day as date)") -}}
{% endmacro %}
{% macro any_value(expression) %}any_value({{ expression }}){% endmacro %}
{% macro bool_or(expression) %}bool_or({{ expression }}){% endmacro %}
{% macro except() %}except{% endmacro %}
{% macro intersect() %}intersect{% endmacro %}
{% macro listagg(measure, delimiter_text="','", order_by_clause=none, limit_num=none) %}
{%- if limit_num -%}
list_aggr((array_agg({{ measure }}{{ ' ' ~ order_by_clause if order_by_clause }}))[1:{{ limit_num }}], 'string_agg', {{ delimiter_text }})
{%- else -%}
string_agg({{ measure }}, {{ delimiter_text }}{{ ' ' ~ order_by_clause if order_by_clause }})
{%- endif -%}
{% endmacro %}
{% macro array_construct(inputs=[], data_type=none) %}[{{ inputs | join(', ') }}]{% endmacro %}
{% macro array_append(array, new_element) %}list_append({{ array }}, {{ new_element }}){% endmacro %}
{% macro array_concat(array_1, array_2) %}list_concat({{ array_1 }}, {{ array_2 }}){% endmacro %}
{% macro current_timestamp() %}{{ return('now()') }}{% endmacro %}
{% macro type_string() %}{{ return('varchar') }}{% endmacro %}
{% macro type_timestamp() %}{{ return('timestamp') }}{% endmacro %}
{% macro type_float() %}{{ return('double') }}{% endmacro %}
{% macro type_numeric() %}{{ return('decimal(28, 6)') }}{% endmacro %}
{% macro type_bigint() %}{{ return('bigint') }}{% endmacro %}
{% macro type_int() %}{{ return('integer') }}{% endmacro %}
{% macro type_boolean() %}{{ return('boolean') }}{% endmacro %}

{% macro generate_schema_name(custom_schema_name, node) %}
{{- return(target.schema if custom_schema_name is none else target.schema ~ '_' ~ (custom_schema_name | trim)) -}}
{% endmacro %}
{% macro generate_alias_name(custom_alias_name=none, node=none) %}
{{- return((custom_alias_name | trim) if custom_alias_name else node.name) -}}
{% endmacro %}
{% macro should_full_refresh() %}
{%- set own = config.get('full_refresh') -%}
{{- return(flags.FULL_REFRESH if own is none else own) -}}
{% endmacro %}
{% macro should_store_failures() %}{{ return(config.get('store_failures', false)) }}{% endmacro %}
{% macro get_columns_in_query(select_sql) %}
{{- return(run_query('select * from (' ~ select_sql ~ ') where false').column_names) -}}
{% endmacro %}
)jinja";

}  // namespace

BuiltInMacros DbtMacros() { return {"built-in dbt macros", "dbt", kDbtMacros}; }

}  // namespace tarn::dbt
