{% macro to_mwh(column, digits=4) -%}
    round({{ column }} / 1000.0, {{ digits }})
{%- endmacro %}

{% macro between_days(column) %}
    {{ caller(column) }} and {{ column }} < cast('{{ var("until") }}' as timestamp)
{% endmacro %}

{% macro cities() %}
    {% set found = run_query('select distinct city from ' ~ ref('meters') ~ ' order by city') %}
    {% if execute %}{{ return(found.columns[0].values()) }}{% else %}{{ return([]) }}{% endif %}
{% endmacro %}
