{{ config(alias='revenue_by_country') }}
{%- set states = ['open', 'paid'] %}
select
  p.country,
  count(*) as orders,
  {%- for state in states %}
  count(*) filter (where o.state = '{{ state }}') as {{ state }}_orders{{ "," }}
  {%- endfor %}
  sum({{ convert('o.amount') }}) as amount
from {{ ref('stg_orders') }} as o
join {{ ref('stg_people') }} as p using (customer)
group by p.country
