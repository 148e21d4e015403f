{{ config(materialized='view') }}
select count(*) as countries from {{ ref('broken_promise') }}
