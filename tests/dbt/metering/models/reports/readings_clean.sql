{{ config(materialized='ephemeral') }}
select * from {{ ref('readings') }} where kwh is not null
