{%- set cities = cities() -%}
select
    r.day,
    {{ dbt_utils.pivot('m.city', cities, agg='sum', then_value='r.kwh', else_value='0', prefix='kwh_') }},
    {{ to_mwh('sum(r.kwh)', digits=5) }} as mwh,
    {{ dbt_utils.safe_divide('sum(r.kwh)', 'count(r.kwh)') }} as mean_kwh
from {{ ref('readings') }} as r
join {{ ref('meters') }} as m on m.meter = r.meter
{{ dbt_utils.group_by(1) }}
