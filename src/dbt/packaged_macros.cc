// SPDX-License-Identifier: Apache-2.0
// The macros of dbt_utils that projects use most, with its names, parameters and results.
#include "dbt/macro_library.h"

namespace tarn::dbt {
namespace {

constexpr const char* kDbtUtilsMacros = R"jinja(
{% macro generate_surrogate_key(field_list) %}
{%- if field_list is string -%}
  {{ exceptions.raise_compiler_error('generate_surrogate_key needs a list of columns') }}
{%- endif -%}
{%- set default = '' if var('surrogate_key_treat_nulls_as_empty_strings', false) else '_dbt_utils_surrogate_key_null_' -%}
{%- set fields = [] -%}
{%- for field in field_list -%}
  {%- do fields.append("coalesce(cast(" ~ field ~ " as varchar), '" ~ default ~ "')") -%}
{%- endfor -%}
{{- return("md5(cast(" ~ (fields | join(" || '-' || ")) ~ " as varchar))") -}}
{% endmacro %}

{% macro safe_divide(numerator, denominator) %}
{{- return('( ' ~ numerator ~ ' ) / nullif( ( ' ~ denominator ~ ' ), 0)') -}}
{% endmacro %}

{% macro safe_add(field_list) %}
{%- set terms = [] -%}
{%- for field in field_list %}{% do terms.append('coalesce(' ~ field ~ ', 0)') %}{% endfor -%}
{{- return(terms | join(' + ')) -}}
{% endmacro %}

{% macro safe_subtract(field_list) %}
{%- set terms = [] -%}
{%- for field in field_list %}{% do terms.append('coalesce(' ~ field ~ ', 0)') %}{% endfor -%}
{{- return(terms | join(' - ')) -}}
{% endmacro %}

{% macro group_by(n) %}
{{- return('group by ' ~ (range(1, n + 1) | join(','))) -}}
{% endmacro %}

{% macro generate_series(upper_bound) %}
select generated_number from range(1, {{ upper_bound }} + 1) as numbers(generated_number)
{% endmacro %}

{% macro date_spine(datepart, start_date, end_date) %}
select unnest(range(cast({{ start_date }} as timestamp), cast({{ end_date }} as timestamp), interval 1 {{ datepart }})) as date_{{ datepart }}
{% endmacro %}

{% macro get_filtered_columns_in_relation(from, except=[]) %}
{%- set left_out = except | map('lower') | list -%}
{%- set columns = [] -%}
{%- for column in adapter.get_columns_in_relation(from) -%}
  {%- if column.name | lower not in left_out %}{% do columns.append(column.name) %}{% endif -%}
{%- endfor -%}
{{- return(columns) -}}
{% endmacro %}

{% macro star(from, relation_alias=false, except=[], prefix='', suffix='', quote_identifiers=true) %}
{%- if not execute %}{{ return('*') }}{% endif -%}
{%- set columns = dbt_utils.get_filtered_columns_in_relation(from, except) -%}
{%- if not columns %}{{ return('*') }}{% endif -%}
{%- set parts = [] -%}
{%- for column in columns -%}
  {%- set name = adapter.quote(column) if quote_identifiers else column -%}
  {%- set renamed = adapter.quote(prefix ~ column ~ suffix) if quote_identifiers else prefix ~ column ~ suffix -%}
  {%- do parts.append((relation_alias ~ '.' if relation_alias else '') ~ name ~ (' as ' ~ renamed if prefix or suffix else '')) -%}
{%- endfor -%}
{{- return(parts | join(',\n  ')) -}}
{% endmacro %}

{% macro get_column_values(table, column, order_by='count(*) desc', max_records=none, default=none, where=none) %}
{%- if not execute %}{{ return(default or []) }}{% endif -%}
{%- set found = run_query(
      'select ' ~ column ~ ' as value from ' ~ table ~ (' where ' ~ where if where else '') ~
      ' group by ' ~ column ~ ' order by ' ~ order_by ~ (' limit ' ~ max_records if max_records is not none else '')) -%}
{{- return(found.columns[0].values()) -}}
{% endmacro %}

{% macro get_single_value(query, default=none) %}
{%- if not execute %}{{ return(default) }}{% endif -%}
{%- set rows = run_query(query).rows -%}
{{- return(rows[0][0] if rows else default) -}}
{% endmacro %}

{% macro get_query_results_as_dict(query) %}
{%- set found = {} -%}
{%- if execute -%}
  {%- for column in run_query(query).columns %}{% do found.update({column.name: column.values()}) %}{% endfor -%}
{%- endif -%}
{{- return(found) -}}
{% endmacro %}

{% macro pivot(column, values, alias=true, agg='sum', cmp='=', prefix='', suffix='', then_value=1, else_value=0, quote_identifiers=true, distinct=false) %}
{%- set parts = [] -%}
{%- for value in values -%}
  {%- set name = prefix ~ value ~ suffix -%}
  {%- set shown = adapter.quote(name) if quote_identifiers else dbt_utils.slugify(name) -%}
  {%- do parts.append(agg ~ '(' ~ ('distinct ' if distinct else '') ~ 'case when ' ~ column ~ ' ' ~ cmp ~ ' ' ~ dbt.string_literal(value)
        ~ ' then ' ~ then_value ~ (' else ' ~ else_value if else_value is not none else '') ~ ' end)' ~ (' as ' ~ shown if alias else '')) -%}
{%- endfor -%}
{{- return(parts | join(',\n  ')) -}}
{% endmacro %}

{% macro unpivot(relation, cast_to='varchar', exclude=[], remove=[], field_name='field_name', value_name='value', quote_identifiers=false) %}
{%- set kept = exclude | map('lower') | list -%}
{%- set gone = remove | map('lower') | list -%}
{%- set parts = [] -%}
{%- for column in adapter.get_columns_in_relation(relation) -%}
  {%- if column.name | lower not in kept and column.name | lower not in gone -%}
    {%- set name = adapter.quote(column.name) if quote_identifiers else column.name -%}
    {%- do parts.append('select ' ~ (exclude | join(', ')) ~ (', ' if exclude) ~ dbt.string_literal(column.name) ~ ' as ' ~ field_name
          ~ ', cast(' ~ name ~ ' as ' ~ cast_to ~ ') as ' ~ value_name ~ ' from ' ~ relation) -%}
  {%- endif -%}
{%- endfor -%}
{{- return(parts | join('\nunion all\n')) -}}
{% endmacro %}

{% macro union_relations(relations, column_override=none, include=[], exclude=[], source_column_name='_dbt_source_relation', where=none) %}
{%- if not execute %}{{ return('') }}{% endif -%}
{%- set wanted = include | map('lower') | list -%}
{%- set gone = exclude | map('lower') | list -%}
{%- set types = {} -%}
{%- set have = {} -%}
{%- for relation in relations -%}
  {%- set names = [] -%}
  {%- for column in adapter.get_columns_in_relation(relation) -%}
    {%- set lower = column.name | lower -%}
    {%- if (not wanted or lower in wanted) and lower not in gone -%}
      {%- do names.append(lower) -%}
      {%- if lower not in types or 'varchar' in column.dtype | lower %}{% do types.update({lower: [column.name, column.dtype]}) %}{% endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do have.update({relation | string: names}) -%}
{%- endfor -%}
{%- set overrides = column_override or {} -%}
{%- set selects = [] -%}
{%- for relation in relations -%}
  {%- set parts = [] -%}
  {%- if source_column_name %}{% do parts.append('cast(' ~ dbt.string_literal(relation | string) ~ ' as varchar) as ' ~ source_column_name) %}{% endif -%}
  {%- for lower, column in types.items() -%}
    {%- set type = overrides.get(column[0], column[1]) -%}
    {%- set name = adapter.quote(column[0]) -%}
    {%- do parts.append('cast(' ~ (name if lower in have[relation | string] else 'null') ~ ' as ' ~ type ~ ') as ' ~ name) -%}
  {%- endfor -%}
  {%- do selects.append('(select ' ~ (parts | join(', ')) ~ ' from ' ~ relation ~ (' where ' ~ where if where else '') ~ ')') -%}
{%- endfor -%}
{{- return(selects | join('\nunion all\n')) -}}
{% endmacro %}

{% macro deduplicate(relation, partition_by, order_by) %}
select * from {{ relation }} as deduplicated
qualify row_number() over (partition by {{ partition_by }} order by {{ order_by }}) = 1
{% endmacro %}

{% macro slugify(string) %}
{%- set ns = namespace(text='') -%}
{%- for character in string | lower -%}
  {%- set ns.text = ns.text ~ (character if character.isalnum() or character == '_' else ('_' if character in ' -' else '')) -%}
{%- endfor -%}
{{- return('_' ~ ns.text if ns.text[:1].isdigit() else ns.text) -}}
{% endmacro %}

{% macro pretty_time(format='%H:%M:%S') %}{{ return(run_started_at.strftime(format)) }}{% endmacro %}
{% macro log_info(message) %}{{ log(message, info=true) }}{% endmacro %}
)jinja";

}  // namespace

BuiltInMacros DbtUtilsMacros() { return {"built-in dbt_utils macros", "dbt_utils", kDbtUtilsMacros}; }

}  // namespace tarn::dbt
