"""Ties between companies: the group that they make up together (分公司、办事处), and partners (伙伴信息)."""
