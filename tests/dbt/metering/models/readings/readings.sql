{{ config(unique_key=['meter', 'day'], incremental_strategy='delete+insert') }}

select
    {{ dbt_utils.generate_surrogate_key(['meter', "cast(read_at as date)"]) }} as reading_key,
    meter,
    cast(read_at as date) as day,
    kwh
from {{ ref('raw_readings') }}
where {% call(column) between_days('read_at') %}{{ column }} is not null{% endcall %}
{% if is_incremental() %}
    and cast(read_at as date) >= (select max(day) from {{ this }})
{% endif %}
