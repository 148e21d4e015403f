with history as (
    select customer_id, min(order_date) as first_order, max(order_date) as last_order, count(*) as number_of_orders
    from {{ ref('stg_orders') }}
    group by customer_id
),

spent as (
    select customer_id, sum(amount) as lifetime_value
    from {{ ref('orders') }}
    group by customer_id
)

select c.customer_id, c.first_name, c.last_name, h.first_order, h.last_order, h.number_of_orders, s.lifetime_value
from {{ ref('stg_customers') }} as c
left join history as h on c.customer_id = h.customer_id
left join spent as s on c.customer_id = s.customer_id
