{{ config(enabled=var('with_never', false)) }}
select * from {{ ref('revenue') }}
