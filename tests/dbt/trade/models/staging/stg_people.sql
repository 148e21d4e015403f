{{ config(tags=['people']) }}
select id as customer, upper(name) as name, country from {{ source('crm', 'people') }}
