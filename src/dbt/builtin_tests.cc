// SPDX-License-Identifier: Apache-2.0
// Generic tests that every project has: rows that break the promise.
#include "dbt/macro_library.h"

namespace tarn::dbt {
namespace {

constexpr const char* kDbtTests = R"jinja(
{% test not_null(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} is null
{% endtest %}

{% test unique(model, column_name) %}
select {{ column_name }} as unique_field, count(*) as n_records
from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1
{% endtest %}

{% test accepted_values(model, column_name, values, quote=true) %}
select value_field, n_records
from (select {{ column_name }} as value_field, count(*) as n_records from {{ model }} group by {{ column_name }})
where value_field not in (
  {%- for value in values -%}
    {{ dbt.string_literal(value) if quote else value }}{{ ', ' if not loop.last }}
  {%- endfor -%}
)
{% endtest %}

{% test relationships(model, column_name, to, field) %}
select child.from_field
from (select {{ column_name }} as from_field from {{ model }} where {{ column_name }} is not null) as child
left join (select {{ field }} as to_field from {{ to }}) as parent on child.from_field = parent.to_field
where parent.to_field is null
{% endtest %}

{% macro get_where_subquery(relation) %}
{%- set where = config.get('where', '') -%}
{%- if where -%}
  {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') dbt_subquery') }}
{%- endif -%}
{{ return(relation) }}
{% endmacro %}
)jinja";

constexpr const char* kDbtUtilsTests = R"jinja(
{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
{%- set columns = [] -%}
{%- for column in combination_of_columns -%}
  {%- do columns.append(adapter.quote(column) if quote_columns else column) -%}
{%- endfor -%}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{% test expression_is_true(model, expression, column_name=none) %}
select 1 as failing
from {{ model }}
where not({{ column_name ~ ' ' if column_name else '' }}{{ expression }})
{% endtest %}

{% test accepted_range(model, column_name, min_value=none, max_value=none, inclusive=true) %}
select *
from {{ model }}
where false
{%- if min_value is not none %}
  or not {{ column_name }} {{ '>=' if inclusive else '>' }} {{ min_value }}
{%- endif %}
{%- if max_value is not none %}
  or not {{ column_name }} {{ '<=' if inclusive else '<' }} {{ max_value }}
{%- endif %}
{% endtest %}

{% test not_null_proportion(model, column_name, at_least=0, at_most=1, group_by_columns=[]) %}
{%- set groups = group_by_columns | join(', ') -%}
select not_null_proportion
from (
  select {{ groups ~ ', ' if groups }}sum(case when {{ column_name }} is null then 0 else 1 end) / cast(count(*) as double) as not_null_proportion
  from {{ model }}
  {{ 'group by ' ~ groups if groups }}
)
where not_null_proportion < {{ at_least }} or not_null_proportion > {{ at_most }}
{% endtest %}

{% test not_constant(model, column_name, group_by_columns=[]) %}
{%- set groups = group_by_columns | join(', ') -%}
select {{ groups ~ ', ' if groups }}count(distinct {{ column_name }}) as n_values
from {{ model }}
{{ 'group by ' ~ groups if groups }}
having count(distinct {{ column_name }}) = 1
{% endtest %}

{% test equal_rowcount(model, compare_model, group_by_columns=[]) %}
{%- if group_by_columns -%}
  {{ exceptions.raise_compiler_error('group_by_columns of equal_rowcount are not supported') }}
{%- endif -%}
{%- set fail_calc = config(fail_calc='sum(coalesce(diff_count, 0))') -%}
select a.n as count_a, b.n as count_b, abs(a.n - b.n) as diff_count
from (select count(*) as n from {{ model }}) as a
cross join (select count(*) as n from {{ compare_model }}) as b
{% endtest %}

{% test fewer_rows_than(model, compare_model, group_by_columns=[]) %}
{%- if group_by_columns -%}
  {{ exceptions.raise_compiler_error('group_by_columns of fewer_rows_than are not supported') }}
{%- endif -%}
{%- set fail_calc = config(fail_calc='sum(coalesce(row_count_delta, 0))') -%}
select a.n as count_our_model, b.n as count_comparison_model,
  case when a.n > b.n then a.n - b.n when a.n = b.n then 1 else 0 end as row_count_delta
from (select count(*) as n from {{ model }}) as a
cross join (select count(*) as n from {{ compare_model }}) as b
{% endtest %}

{% test at_least_one(model, column_name, group_by_columns=[]) %}
{%- set groups = group_by_columns | join(', ') -%}
select {{ groups ~ ', ' if groups }}count({{ column_name }}) as n_values
from {{ model }}
{{ 'group by ' ~ groups if groups }}
having count({{ column_name }}) = 0
{% endtest %}

{% test relationships_where(model, column_name, to, field, from_condition='1=1', to_condition='1=1') %}
select left_table.id
from (select {{ column_name }} as id from {{ model }} where {{ column_name }} is not null and {{ from_condition }}) as left_table
left join (select {{ field }} as id from {{ to }} where {{ field }} is not null and {{ to_condition }}) as right_table
  on left_table.id = right_table.id
where right_table.id is null
{% endtest %}

{% test recency(model, field, datepart, interval, ignore_time_component=false, group_by_columns=[]) %}
{%- set groups = group_by_columns | join(', ') -%}
{%- set threshold = dbt.dateadd(datepart, interval * -1, dbt.current_timestamp()) -%}
{%- set kind = 'date' if ignore_time_component else 'timestamp' -%}
select most_recent
from (
  select {{ groups ~ ', ' if groups }}max(cast({{ field }} as {{ kind }})) as most_recent
  from {{ model }}
  {{ 'group by ' ~ groups if groups }}
)
where most_recent < cast({{ threshold }} as {{ kind }})
{% endtest %}

{% test not_empty_string(model, column_name, trim_whitespace=true) %}
select {{ column_name }} from {{ model }}
where {{ 'trim(' ~ column_name ~ ')' if trim_whitespace else column_name }} = ''
{% endtest %}

{% test not_accepted_values(model, column_name, values, quote=true) %}
select value_field
from (select distinct {{ column_name }} as value_field from {{ model }})
where value_field in (
  {%- for value in values -%}
    {{ dbt.string_literal(value) if quote else value }}{{ ', ' if not loop.last }}
  {%- endfor -%}
)
{% endtest %}

{% test cardinality_equality(model, column_name, to, field) %}
with a as (select {{ column_name }} as value, count(*) as n from {{ model }} group by 1),
b as (select {{ field }} as value, count(*) as n from {{ to }} group by 1)
select * from ((select * from a except select * from b) union all (select * from b except select * from a))
{% endtest %}

{% test equality(model, compare_model, compare_columns=none) %}
{%- set columns = compare_columns or dbt_utils.get_filtered_columns_in_relation(model) -%}
{%- set listed = columns | join(', ') -%}
with a as (select {{ listed or '*' }} from {{ model }}),
b as (select {{ listed or '*' }} from {{ compare_model }})
select * from ((select * from a except select * from b) union all (select * from b except select * from a))
{% endtest %}
)jinja";

}  // namespace

BuiltInMacros DbtTests() { return {"built-in dbt tests", "dbt", kDbtTests}; }

BuiltInMacros DbtUtilsTests() { return {"built-in dbt_utils tests", "dbt_utils", kDbtUtilsTests}; }

}  // namespace tarn::dbt
