{% macro convert(column, currency=none) -%}
  {%- set wanted = currency or var('currency') -%}
  {{ column }} * (select rate from {{ ref('rates') }} where currency = '{{ wanted }}')
{%- endmacro %}
