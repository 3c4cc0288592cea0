"""One file for each step of a job: settings in, tools opened, the work, record and summary out.

Only here is an order.
"""
