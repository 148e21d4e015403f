{% set methods = ['card', 'cash', 'voucher'] %}

with paid as (
    select
        order_id,
        {% for method in methods -%}
        sum(case when method = '{{ method }}' then amount else 0 end) as {{ method }}_amount,
        {% endfor -%}
        sum(amount) as total_amount
    from {{ ref('stg_payments') }}
    group by order_id
)

select
    o.order_id,
    o.customer_id,
    o.order_date,
    o.status,
    {% for method in methods -%}
    paid.{{ method }}_amount,
    {% endfor -%}
    paid.total_amount as amount
from {{ ref('stg_orders') }} as o
left join paid on o.order_id = paid.order_id
