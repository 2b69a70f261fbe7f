"""The OpenAPI document of every API and of the pictures, made from the models that check requests, and its page."""
